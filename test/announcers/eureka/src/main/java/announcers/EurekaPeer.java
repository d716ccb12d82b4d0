package announcers;

import org.springframework.boot.SpringApplication;
import org.springframework.boot.autoconfigure.SpringBootApplication;
import org.springframework.cloud.netflix.eureka.server.EnableEurekaServer;

/** A server that is alone: it neither registers itself nor asks others. */
@SpringBootApplication
@EnableEurekaServer
public class EurekaPeer {
  public static void main(String[] arguments) {
    SpringApplication.run(EurekaPeer.class, arguments);
  }
}

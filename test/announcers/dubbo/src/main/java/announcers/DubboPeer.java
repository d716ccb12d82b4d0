package announcers;

import org.apache.dubbo.config.ApplicationConfig;
import org.apache.dubbo.config.ProtocolConfig;
import org.apache.dubbo.config.RegistryConfig;
import org.apache.dubbo.config.ServiceConfig;
import org.apache.dubbo.config.bootstrap.DubboBootstrap;

/** A provider whose QOS is as it is by default but for its port. Arguments: the port of QOS, that of the service. */
public class DubboPeer {
  public static void main(String[] arguments) {
    ApplicationConfig application = new ApplicationConfig("orders");
    application.setQosPort(Integer.valueOf(arguments[0]));
    ProtocolConfig protocol = new ProtocolConfig("dubbo", Integer.parseInt(arguments[1]));
    protocol.setHost("127.0.0.1");
    ServiceConfig<Greeter> service = new ServiceConfig<>();
    service.setInterface(Greeter.class);
    service.setRef(name -> "hello " + name);
    DubboBootstrap.getInstance()
        .application(application)
        .registry(new RegistryConfig("multicast://224.5.6.7:" + arguments[1] + "?unicast=false"))
        .protocol(protocol)
        .service(service)
        .start()
        .await();
  }
}

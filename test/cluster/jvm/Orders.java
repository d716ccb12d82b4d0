import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpHandler;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.Executors;

/**
 * A service on a JVM, with a graceful shutdown as frameworks have it: after SIGTERM nothing new is accepted, what has begun is
 * answered, then it ends. Named classes and no lambdas, for those cost a starting JVM the most.
 */
public final class Orders implements HttpHandler, Runnable {
  /** What an answer takes, so that there is always something under way. */
  private static final int WORK_MS = 20;
  private static final int GRACE_SECONDS = 10;
  /** Beyond 200, which is the default, a connection is closed behind an answer that does not say so: after a stall there are more. */
  private static final String IDLE_CONNECTIONS = "10000";
  private static final byte[] ANSWER = "orders\n".getBytes(StandardCharsets.UTF_8);

  private final HttpServer server;

  private Orders(HttpServer server) {
    this.server = server;
  }

  public static void main(String[] arguments) throws IOException {
    System.setProperty("sun.net.httpserver.maxIdleConnections", IDLE_CONNECTIONS);
    HttpServer server = HttpServer.create(new InetSocketAddress(8080), 1024);
    Orders orders = new Orders(server);
    server.createContext("/", orders);
    server.setExecutor(Executors.newCachedThreadPool());
    Runtime.getRuntime().addShutdownHook(new Thread(orders));
    server.start();
  }

  @Override
  public void handle(HttpExchange exchange) throws IOException {
    try {
      Thread.sleep(WORK_MS);
      exchange.sendResponseHeaders(200, ANSWER.length);
      exchange.getResponseBody().write(ANSWER);
    } catch (InterruptedException interrupted) {
      Thread.currentThread().interrupt();
    } finally {
      exchange.close();
    }
  }

  /** The shutdown hook. */
  @Override
  public void run() {
    server.stop(GRACE_SECONDS);
  }
}

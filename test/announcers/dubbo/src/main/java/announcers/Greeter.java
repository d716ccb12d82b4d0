package announcers;

/** What is provided. */
public interface Greeter {
  String greet(String name);
}

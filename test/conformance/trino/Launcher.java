/** Trino's server, which ends with the process that holds our standard input: no test leaves one behind, however it ends. */
public class Launcher {
  public static void main(String[] arguments) {
    Thread watch = new Thread(() -> {
      try {
        while (System.in.read() >= 0) {}
      } catch (java.io.IOException gone) {
        // As good as the end.
      }
      Runtime.getRuntime().halt(0);
    });
    watch.setDaemon(true);
    watch.start();
    new io.trino.server.Server().start("435");
  }
}

import java.io.IOException;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.HashMap;

/**
 * Reads and writes counters files, written from the layout alone; the JDK is all it needs.
 *
 * <pre>
 * print FILE                     the printer's lines
 * serve FILE CAPACITY LABEL N    makes a file with one counter, says ready, adds N, waits for its input to end
 * add FILE LABEL N               says ready, adds 1 N times
 * storm FILE TAG MS FIRSTID      says ready, adds counters whose value stands in their label, and frees them
 * </pre>
 */
final class Interop {
  private static final ByteOrder ORDER = ByteOrder.nativeOrder();
  private static final VarHandle LONG = MethodHandles.byteBufferViewVarHandle(long[].class, ORDER);
  private static final VarHandle INT = MethodHandles.byteBufferViewVarHandle(int[].class, ORDER);

  private final ByteBuffer bytes;
  private final int metadata;
  private final int values;
  private final int capacity;

  private Interop(ByteBuffer bytes) {
    this.bytes = bytes.order(ORDER);
    metadata = 128 + bytes.getInt(4);
    values = metadata + bytes.getInt(8);
    capacity = bytes.getInt(8) / 512;
  }

  private static Interop open(String path) throws IOException {
    try (var channel = FileChannel.open(Path.of(path), StandardOpenOption.READ, StandardOpenOption.WRITE)) {
      return new Interop(channel.map(FileChannel.MapMode.READ_WRITE, 0, channel.size()).order(ORDER));
    }
  }

  private static Interop create(String path, int capacity) throws IOException {
    try (var channel = FileChannel.open(
        Path.of(path), StandardOpenOption.READ, StandardOpenOption.WRITE, StandardOpenOption.CREATE_NEW)) {
      var size = (256L + 640L * capacity + 4095) / 4096 * 4096;
      var bytes = channel.map(FileChannel.MapMode.READ_WRITE, 0, size).order(ORDER);
      bytes.putInt(4, 128).putInt(8, 512 * capacity).putInt(12, 128 * capacity);
      bytes.putLong(16, ProcessHandle.current().pid()).putLong(24, System.currentTimeMillis());
      bytes.putInt(128, 1).putInt(132, 4).putInt(136, 4).put(140, "langjava".getBytes(StandardCharsets.UTF_8));
      INT.setVolatile(bytes, 0, 1);
      return new Interop(bytes);
    }
  }

  private int add(long id, String label, long value) {
    for (var slot = 0; slot < capacity; slot++) {
      var at = metadata + 512 * slot;
      var seen = (long) LONG.getVolatile(bytes, at);
      if ((seen & 255) != 0 && (seen & 255) != 3) continue;
      if (!LONG.compareAndSet(bytes, at, seen, id << 8 | 1)) continue;
      var encoded = label.getBytes(StandardCharsets.UTF_8);
      bytes.putInt(at + 128, encoded.length).put(at + 132, encoded);
      LONG.setVolatile(bytes, values + 128 * slot, value);
      LONG.setVolatile(bytes, at, id << 8 | 2);
      return slot;
    }
    return -1;
  }

  private interface Visitor {
    void visit(int slot, long id, String label, long value);
  }

  private void each(Visitor visitor) {
    for (var slot = 0; slot < capacity; slot++) {
      var at = metadata + 512 * slot;
      var seen = (long) LONG.getVolatile(bytes, at);
      if ((seen & 255) == 0) return;
      if ((seen & 255) != 2) continue;
      var label = text(at + 132, bytes.getInt(at + 128));
      var value = (long) LONG.getVolatile(bytes, values + 128 * slot);
      if ((long) LONG.getVolatile(bytes, at) == seen) visitor.visit(slot, seen >> 8, label, value);
    }
  }

  private String text(int at, int length) {
    var text = new byte[length];
    bytes.get(at, text);
    return new String(text, StandardCharsets.UTF_8);
  }

  private int placeOf(String label) {
    var found = new int[] {-1};
    each((slot, id, other, value) -> {
      if (other.equals(label)) found[0] = values + 128 * slot;
    });
    return found[0];
  }

  private void print(String path) {
    var out = new StringBuilder("file: " + path + "\nversion: " + bytes.getInt(0));
    out.append("\npid: ").append(bytes.getLong(16)).append("\nstarted: ").append(bytes.getLong(24)).append('\n');
    var at = 132;
    for (var n = bytes.getInt(128); n > 0; n--) {
      int label = bytes.getInt(at), value = bytes.getInt(at + 4);
      out.append("static: ").append(text(at + 8, label)).append('=').append(text(at + 8 + label, value)).append('\n');
      at = (at + 8 + label + value + 3) / 4 * 4;
    }
    each((slot, id, label, value) ->
        out.append("counter: ").append(label).append('[').append(id).append("]=").append(value).append('\n'));
    System.out.writeBytes(out.toString().getBytes(StandardCharsets.UTF_8));
  }

  private void increase(int place, long times) {
    for (var n = times; n > 0; n--) LONG.getAndAdd(bytes, place, 1L);
  }

  private static void ready() {
    System.out.print("ready\n");
    System.out.flush();
  }

  public static void main(String[] args) throws IOException {
    var path = args[1];
    switch (args[0]) {
      case "print" -> open(path).print(path);
      case "serve" -> {
        var file = create(path, Integer.parseInt(args[2]));
        var place = file.values + 128 * file.add(1, args[3], 0);
        ready();
        file.increase(place, Long.parseLong(args[4]));
        while (System.in.read() >= 0) {}
      }
      case "add" -> {
        var file = open(path);
        var place = file.placeOf(args[2]);
        ready();
        file.increase(place, Long.parseLong(args[3]));
      }
      case "storm" -> {
        var file = open(path);
        var until = System.nanoTime() + Long.parseLong(args[3]) * 1_000_000;
        ready();
        for (var n = Long.parseLong(args[4]); System.nanoTime() < until; ) {
          var held = new HashMap<Integer, Long>();
          for (var i = 0; i < 5; i++) {
            n++;
            var slot = file.add(n, args[2].repeat((int) (1 + n % 40)) + "=" + n, n);
            if (slot >= 0) held.put(slot, n);
          }
          held.forEach((slot, id) ->
              LONG.compareAndSet(file.bytes, file.metadata + 512 * slot, id << 8 | 2, id << 8 | 3));
        }
      }
      default -> throw new IllegalArgumentException(args[0]);
    }
  }
}

package dev.savile.train;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Clock;
import java.util.Map;
import java.util.zip.CRC32C;

/// Write scalars as TensorBoard reads them: records of length, checksum, protocol buffer, checksum.
///
/// | message | fields |
/// |---|---|
/// | Event | 1 time (double), 2 step (varint), 3 version (text), 5 summary |
/// | Summary | 1 values |
/// | Value | 1 tag (text), 2 value (float) |
final class TensorBoardFile implements AutoCloseable {
    private static final int MASK_DELTA = 0xa282ead8;

    private final OutputStream out;
    private final Clock clock;

    TensorBoardFile(Path folder, Clock clock) throws IOException {
        this.clock = clock;
        long millis = clock.millis();
        String name = "events.out.tfevents." + millis / 1000 + ".savile." + millis % 1000;
        out = Files.newOutputStream(folder.resolve(name), StandardOpenOption.CREATE, StandardOpenOption.APPEND);
        var event = new Message();
        event.number(1, seconds());
        event.bytes(3, "brain.Event:2".getBytes(StandardCharsets.UTF_8));
        record(event.done());
    }

    /// Add values of one step, by tag.
    void add(long step, Map<String, Double> scalars) throws IOException {
        var summary = new Message();
        scalars.forEach((tag, value) -> {
            var one = new Message();
            one.bytes(1, tag.getBytes(StandardCharsets.UTF_8));
            one.number(2, value.floatValue());
            summary.bytes(1, one.done());
        });
        var event = new Message();
        event.number(1, seconds());
        event.whole(2, step);
        event.bytes(5, summary.done());
        record(event.done());
        out.flush();
    }

    private double seconds() {
        return clock.millis() / 1000.0;
    }

    private void record(byte[] data) throws IOException {
        byte[] length = little(Long.BYTES).putLong(data.length).array();
        out.write(length);
        out.write(little(Integer.BYTES).putInt(checksum(length)).array());
        out.write(data);
        out.write(little(Integer.BYTES).putInt(checksum(data)).array());
    }

    private static ByteBuffer little(int bytes) {
        return ByteBuffer.allocate(bytes).order(ByteOrder.LITTLE_ENDIAN);
    }

    /// A checksum is turned and shifted, so that checksums of data with checksums in it stay good.
    private static int checksum(byte[] data) {
        var crc = new CRC32C();
        crc.update(data, 0, data.length);
        return Integer.rotateRight((int) crc.getValue(), 15) + MASK_DELTA;
    }

    @Override
    public void close() throws IOException {
        out.close();
    }

    /// A protocol buffer as it is put together.
    private static final class Message {
        private static final int VARINT = 0;
        private static final int FIXED_64 = 1;
        private static final int LENGTH = 2;
        private static final int FIXED_32 = 5;

        private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();

        void number(int field, double value) {
            varint((long) field << 3 | FIXED_64);
            bytes.writeBytes(little(Double.BYTES).putDouble(value).array());
        }

        void number(int field, float value) {
            varint((long) field << 3 | FIXED_32);
            bytes.writeBytes(little(Float.BYTES).putFloat(value).array());
        }

        void whole(int field, long value) {
            varint((long) field << 3 | VARINT);
            varint(value);
        }

        void bytes(int field, byte[] value) {
            varint((long) field << 3 | LENGTH);
            varint(value.length);
            bytes.writeBytes(value);
        }

        private void varint(long value) {
            long rest = value;
            while ((rest & ~0x7fL) != 0) {
                bytes.write((int) (rest & 0x7f) | 0x80);
                rest >>>= 7;
            }
            bytes.write((int) rest);
        }

        byte[] done() {
            return bytes.toByteArray();
        }
    }
}

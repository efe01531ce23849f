using Slipway.Content;

namespace Slipway.Bench.Content;

/// <summary>How large the same fullfiles and packs are as the original engine writes them: xz -6, plain where that is smaller, and gzip for
/// directories and links.</summary>
internal static class Original
{
    private const int TypeFlag = 156;

    public static double Megabytes(IEnumerable<string> files)
    {
        long bytes = 0;
        Parallel.ForEach(files, file => Interlocked.Add(ref bytes, SizeOf(file)));
        return bytes / 1e6;
    }

    private static long SizeOf(string file)
    {
        using var source = Compressor.DecompressDetected(File.OpenRead(file));
        var head = new byte[TypeFlag + 1];
        source.ReadExactly(head);
        var isFile = head[TypeFlag] is (byte)'0' or (byte)'x';
        var isPack = Path.GetFileName(file).StartsWith("pack-", StringComparison.Ordinal);
        var count = new CountingStream();
        long plain = head.Length;
        using (var target = Compressor.Compress(count, isFile || isPack ? Compression.Xz : Compression.Gzip, leaveOpen: true))
        {
            target.Write(head);
            var block = new byte[1 << 16];
            for (int read; (read = source.Read(block)) > 0; plain += read) target.Write(block, 0, read);
        }

        return Math.Min(plain, count.Total);
    }

    private sealed class CountingStream : Stream
    {
        public long Total { get; private set; }

        public override bool CanRead => false;

        public override bool CanSeek => false;

        public override bool CanWrite => true;

        public override long Length => Total;

        public override long Position { get => Total; set => throw new NotSupportedException(); }

        public override void Write(byte[] buffer, int offset, int count) => Total += count;

        public override void Write(ReadOnlySpan<byte> buffer) => Total += buffer.Length;

        public override void Flush()
        {
        }

        public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();
    }
}

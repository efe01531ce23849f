using System.IO.Compression;

namespace Slipway.Content;

/// <summary>No compression behind the same face: closing it closes the inner stream only when that was asked for.</summary>
internal sealed class PassThroughStream(Stream inner, bool leaveOpen) : ForwardStream
{
    public override bool CanRead => inner.CanRead;

    public override bool CanWrite => inner.CanWrite;

    public override int Read(Span<byte> buffer) => inner.Read(buffer);

    public override void Write(ReadOnlySpan<byte> buffer) => inner.Write(buffer);

    public override void Flush() => inner.Flush();

    protected override void Dispose(bool disposing)
    {
        if (disposing && !leaveOpen) inner.Dispose();
        base.Dispose(disposing);
    }
}

/// <summary>Bytes that were read already to look at them, then the rest of the source.</summary>
internal sealed class PrefixedStream(byte[] prefix, Stream source) : ForwardStream
{
    private int _at;

    public override bool CanRead => true;

    public override int Read(Span<byte> buffer)
    {
        if (_at == prefix.Length) return source.Read(buffer);
        var count = Math.Min(buffer.Length, prefix.Length - _at);
        prefix.AsSpan(_at, count).CopyTo(buffer);
        _at += count;
        return count;
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing) source.Dispose();
        base.Dispose(disposing);
    }
}

/// <summary>The runtime's gzip, with this room's errors.</summary>
internal sealed class GzipReadStream(Stream source, bool leaveOpen) : ForwardStream
{
    private readonly TailStream _tail = new(source);
    private GZipStream? _inner;

    public override bool CanRead => true;

    public override int Read(Span<byte> buffer)
    {
        try
        {
            _inner ??= new GZipStream(_tail, CompressionMode.Decompress, leaveOpen: true);
            var read = _inner.Read(buffer);
            if (read == 0 && buffer.Length > 0 && !_tail.WasRead) throw new CompressionException(Compression.Gzip, "it is empty");
            return read;
        }
        catch (InvalidDataException e)
        {
            throw new CompressionException(Compression.Gzip, $"it is damaged ({e.Message})");
        }
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            _inner?.Dispose();
            _tail.Dispose();
            if (!leaveOpen) source.Dispose();
        }

        base.Dispose(disposing);
    }

    /// <summary>Remembers whether anything came: the runtime reads nothing at all as an empty file.</summary>
    private sealed class TailStream(Stream source) : ForwardStream
    {
        public bool WasRead { get; private set; }

        public override bool CanRead => true;

        public override int Read(Span<byte> buffer)
        {
            var read = source.Read(buffer);
            WasRead |= read > 0;
            return read;
        }
    }
}

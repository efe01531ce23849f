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

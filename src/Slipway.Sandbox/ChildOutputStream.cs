using System.IO.Pipelines;

namespace Slipway.Sandbox;

/// <summary>The standard output of a child as a stream; its end is only reached when the child has succeeded.</summary>
internal sealed class ChildOutputStream : Stream
{
    private readonly Child _child;
    private readonly Stream _reader;
    private readonly string _what;

    internal ChildOutputStream(ChildCommand command, string what)
    {
        // A paused writer keeps the child waiting, so that memory stays bounded whatever the reader's speed.
        var pipe = new Pipe(new PipeOptions(pauseWriterThreshold: 4 << 20, resumeWriterThreshold: 1 << 20, useSynchronizationContext: false));
        var writer = pipe.Writer.AsStream();
        _what = what;
        _reader = pipe.Reader.AsStream();
        _child = ChildProcess.Start(command, bytes =>
        {
            writer.Write(bytes.Span);
            writer.Flush();
        });
        _child.Completion.ContinueWith(_ => pipe.Writer.Complete(), TaskScheduler.Default);
    }

    public override bool CanRead => true;
    public override bool CanSeek => false;
    public override bool CanWrite => false;
    public override long Length => throw new NotSupportedException();
    public override long Position { get => throw new NotSupportedException(); set => throw new NotSupportedException(); }

    public override int Read(Span<byte> buffer)
    {
        var got = _reader.Read(buffer);
        if (got == 0 && buffer.Length > 0)
            _child.Completion.GetAwaiter().GetResult().Require(_what);
        return got;
    }

    public override int Read(byte[] buffer, int offset, int count) => Read(buffer.AsSpan(offset, count));
    public override void Flush() { }
    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();
    public override void SetLength(long value) => throw new NotSupportedException();
    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            // Completing the reader first lets a writer that waits for room return; the kill then ends the child.
            _child.Kill();
            _reader.Dispose();
            _child.Dispose();
        }
        base.Dispose(disposing);
    }
}

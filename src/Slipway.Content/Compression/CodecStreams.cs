using System.Buffers;

namespace Slipway.Content;

/// <summary>What every stream here is: forward only.</summary>
internal abstract class ForwardStream : Stream
{
    public override bool CanRead => false;

    public override bool CanWrite => false;

    public override bool CanSeek => false;

    public override long Length => throw new NotSupportedException();

    public override long Position { get => throw new NotSupportedException(); set => throw new NotSupportedException(); }

    public override int Read(byte[] buffer, int offset, int count) => Read(buffer.AsSpan(offset, count));

    public override int Read(Span<byte> buffer) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => Write(buffer.AsSpan(offset, count));

    public override void Write(ReadOnlySpan<byte> buffer) => throw new NotSupportedException();

    public override void Flush()
    {
    }

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();
}

/// <summary>Compresses what is written to it.</summary>
internal sealed unsafe class EncodingStream(Stream destination, NativeCodec codec, bool leaveOpen) : ForwardStream
{
    // Rented: an archive of many small members would else leave the collector a large array for each.
    private readonly byte[] _output = ArrayPool<byte>.Shared.Rent(1 << 17);
    private bool _ended;

    public override bool CanWrite => true;

    public override void Write(ReadOnlySpan<byte> buffer)
    {
        ObjectDisposedException.ThrowIf(_ended, this);
        fixed (byte* start = buffer)
        {
            var window = new CodecWindow { Input = start, InputLeft = (nuint)buffer.Length };
            while (window.InputLeft > 0) StepAndStore(ref window, finish: false);
        }
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing && !_ended)
        {
            _ended = true;
            try
            {
                var window = default(CodecWindow);
                while (!StepAndStore(ref window, finish: true))
                {
                }
            }
            finally
            {
                ArrayPool<byte>.Shared.Return(_output);
                codec.Dispose();
                if (!leaveOpen) destination.Dispose();
            }
        }

        base.Dispose(disposing);
    }

    private bool StepAndStore(ref CodecWindow window, bool finish)
    {
        fixed (byte* output = _output)
        {
            window.Output = output;
            window.OutputLeft = (nuint)_output.Length;
            var ended = codec.Step(ref window, finish);
            destination.Write(_output.AsSpan(0, _output.Length - (int)window.OutputLeft));
            return ended;
        }
    }
}

/// <summary>Reads the decompressed form of its source.</summary>
internal sealed unsafe class DecodingStream(Stream source, NativeCodec codec, bool leaveOpen) : ForwardStream
{
    private readonly byte[] _input = ArrayPool<byte>.Shared.Rent(1 << 16);
    private bool _disposed;
    private int _at;
    private int _filled;
    private bool _sourceEnded;
    private bool _complete;

    public override bool CanRead => true;

    public override int Read(Span<byte> buffer)
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        if (buffer.IsEmpty) return 0;
        while (true)
        {
            if (_at == _filled && !_sourceEnded) Fill();
            if (_complete && _at == _filled && _sourceEnded) return 0;
            var before = _filled - _at;
            var produced = Step(buffer);
            if (produced > 0) return produced;
            if (_complete && _at == _filled && _sourceEnded) return 0;
            if (_sourceEnded && _filled - _at == before) throw new CompressionException(codec.Kind, "it ends too early");
        }
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing && !_disposed)
        {
            _disposed = true;
            ArrayPool<byte>.Shared.Return(_input);
            codec.Dispose();
            if (!leaveOpen) source.Dispose();
        }

        base.Dispose(disposing);
    }

    private void Fill()
    {
        _at = 0;
        _filled = source.Read(_input);
        _sourceEnded = _filled == 0;
    }

    private int Step(Span<byte> buffer)
    {
        fixed (byte* input = _input, output = buffer)
        {
            var window = new CodecWindow
            {
                Input = input + _at,
                InputLeft = (nuint)(_filled - _at),
                Output = output,
                OutputLeft = (nuint)buffer.Length,
            };
            _complete = codec.Step(ref window, _sourceEnded);
            _at = _filled - (int)window.InputLeft;
            return buffer.Length - (int)window.OutputLeft;
        }
    }
}

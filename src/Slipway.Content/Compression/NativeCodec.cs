namespace Slipway.Content;

/// <summary>Where a codec reads from and writes to; it moves both on.</summary>
internal unsafe struct CodecWindow
{
    internal byte* Input;
    internal nuint InputLeft;
    internal byte* Output;
    internal nuint OutputLeft;
}

/// <summary>One direction of one compression library, holding its native state.</summary>
internal abstract class NativeCodec(Compression kind) : IDisposable
{
    private bool _freed;

    ~NativeCodec() => FreeOnce();

    internal Compression Kind => kind;

    /// <summary>
    /// Takes input and makes output as far as both reach. An encoder returns true when, asked to finish, it has written all;
    /// a decoder when what it has read is complete.
    /// </summary>
    internal abstract bool Step(ref CodecWindow window, bool finish);

    public void Dispose()
    {
        FreeOnce();
        GC.SuppressFinalize(this);
    }

    protected abstract void Free();

    protected CompressionException Failure(string why) => new(kind, why);

    private void FreeOnce()
    {
        if (_freed) return;
        _freed = true;
        Free();
    }
}

using System.Runtime.InteropServices;

namespace Slipway.Content;

internal static unsafe partial class Bzip2Library
{
    private const string Library = "libbz2.so.1.0";

    internal const int StreamEnd = 4;

    /// <summary>bz_stream.</summary>
    [StructLayout(LayoutKind.Sequential)]
    internal struct State
    {
        public byte* Input;
        public uint InputLeft;
        public uint TotalInLow;
        public uint TotalInHigh;
        public byte* Output;
        public uint OutputLeft;
        public uint TotalOutLow;
        public uint TotalOutHigh;
        public void* Internal;
        public void* Allocate;
        public void* Release;
        public void* Opaque;
    }

    [LibraryImport(Library, EntryPoint = "BZ2_bzCompressInit")]
    internal static partial int BeginCompress(State* state, int blockSize, int verbosity, int workFactor);

    [LibraryImport(Library, EntryPoint = "BZ2_bzCompress")]
    internal static partial int Compress(State* state, int action);

    [LibraryImport(Library, EntryPoint = "BZ2_bzCompressEnd")]
    internal static partial int EndCompress(State* state);

    [LibraryImport(Library, EntryPoint = "BZ2_bzDecompressInit")]
    internal static partial int BeginDecompress(State* state, int verbosity, int small);

    [LibraryImport(Library, EntryPoint = "BZ2_bzDecompress")]
    internal static partial int Decompress(State* state);

    [LibraryImport(Library, EntryPoint = "BZ2_bzDecompressEnd")]
    internal static partial int EndDecompress(State* state);
}

/// <summary>The state at a fixed address: the library checks that it has not moved.</summary>
internal abstract unsafe class Bzip2Codec() : NativeCodec(Compression.Bzip2)
{
    protected Bzip2Library.State* State { get; } = (Bzip2Library.State*)NativeMemory.AllocZeroed((nuint)sizeof(Bzip2Library.State));

    protected void Enter(in CodecWindow window)
    {
        State->Input = window.Input;
        State->InputLeft = (uint)Math.Min(window.InputLeft, int.MaxValue);
        State->Output = window.Output;
        State->OutputLeft = (uint)Math.Min(window.OutputLeft, int.MaxValue);
    }

    protected void Leave(ref CodecWindow window)
    {
        window.InputLeft -= (nuint)(State->Input - window.Input);
        window.OutputLeft -= (nuint)(State->Output - window.Output);
        window.Input = State->Input;
        window.Output = State->Output;
    }
}

internal sealed unsafe class Bzip2Encoder : Bzip2Codec
{
    internal Bzip2Encoder(CompressionOptions options)
    {
        if (Bzip2Library.BeginCompress(State, options.Level ?? 9, 0, 0) != 0) throw Failure($"it has no level {options.Level}");
    }

    internal override bool Step(ref CodecWindow window, bool finish)
    {
        Enter(window);
        var result = Bzip2Library.Compress(State, finish ? 2 : 0);
        Leave(ref window);
        return result >= 0 ? result == Bzip2Library.StreamEnd : throw Failure($"libbz2 says {result}");
    }

    protected override void Free()
    {
        _ = Bzip2Library.EndCompress(State);
        NativeMemory.Free(State);
    }
}

internal sealed unsafe class Bzip2Decoder : Bzip2Codec
{
    private bool _streamOpen;
    private bool _anyStreamRead;

    internal override bool Step(ref CodecWindow window, bool finish)
    {
        if (!_streamOpen)
        {
            // Between two streams, or before the first.
            if (window.InputLeft == 0) return _anyStreamRead;
            if (Bzip2Library.BeginDecompress(State, 0, 0) != 0) throw Failure("libbz2 has no memory");
            _streamOpen = true;
        }

        Enter(window);
        var result = Bzip2Library.Decompress(State);
        Leave(ref window);
        if (result < 0) throw Failure($"it is damaged (libbz2 says {result})");
        if (result != Bzip2Library.StreamEnd) return false;
        _ = Bzip2Library.EndDecompress(State);
        _streamOpen = false;
        _anyStreamRead = true;
        return true;
    }

    protected override void Free()
    {
        if (_streamOpen) _ = Bzip2Library.EndDecompress(State);
        NativeMemory.Free(State);
    }
}

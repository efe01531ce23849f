using System.Runtime.InteropServices;

namespace Slipway.Content;

/// <summary>zlib's gzip: the runtime's own writes nothing for empty content and reads a file that was cut off as a whole one.</summary>
internal static unsafe partial class ZlibLibrary
{
    private const string Library = "libz.so.1";

    internal const int StreamEnd = 1;
    internal const int BufferError = -5;
    internal const int Deflated = 8;

    /// <summary>The largest window, with 16 added to ask for gzip's head and tail.</summary>
    internal const int GzipWindow = 15 + 16;

    /// <summary>z_stream; 112 bytes on 64-bit machines.</summary>
    [StructLayout(LayoutKind.Sequential, Size = 112)]
    internal struct State
    {
        public byte* Input;
        public uint InputLeft;
        public nuint TotalIn;
        public byte* Output;
        public uint OutputLeft;
        public nuint TotalOut;
    }

    [LibraryImport(Library, EntryPoint = "deflateInit2_", StringMarshalling = StringMarshalling.Utf8)]
    internal static partial int BeginDeflate(
        State* state, int level, int method, int window, int memory, int strategy, string version, int size);

    [LibraryImport(Library, EntryPoint = "deflate")]
    internal static partial int Deflate(State* state, int flush);

    [LibraryImport(Library, EntryPoint = "deflateEnd")]
    internal static partial int EndDeflate(State* state);

    [LibraryImport(Library, EntryPoint = "inflateInit2_", StringMarshalling = StringMarshalling.Utf8)]
    internal static partial int BeginInflate(State* state, int window, string version, int size);

    [LibraryImport(Library, EntryPoint = "inflate")]
    internal static partial int Inflate(State* state, int flush);

    [LibraryImport(Library, EntryPoint = "inflateEnd")]
    internal static partial int EndInflate(State* state);
}

internal abstract unsafe class GzipCodec() : NativeCodec(Compression.Gzip)
{
    /// <summary>The library compares the first digit with its own.</summary>
    protected const string Version = "1";

    protected ZlibLibrary.State* State { get; } = (ZlibLibrary.State*)NativeMemory.AllocZeroed((nuint)sizeof(ZlibLibrary.State));

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

internal sealed unsafe class GzipEncoder : GzipCodec
{
    internal GzipEncoder(CompressionOptions options)
    {
        var result = ZlibLibrary.BeginDeflate(
            State, options.Level ?? 6, ZlibLibrary.Deflated, ZlibLibrary.GzipWindow, 8, 0, Version, sizeof(ZlibLibrary.State));
        if (result != 0) throw Failure($"it has no level {options.Level}");
    }

    internal override bool Step(ref CodecWindow window, bool finish)
    {
        Enter(window);
        var result = ZlibLibrary.Deflate(State, finish ? 4 : 0);
        Leave(ref window);
        return result is >= 0 or ZlibLibrary.BufferError ? result == ZlibLibrary.StreamEnd : throw Failure($"zlib says {result}");
    }

    protected override void Free()
    {
        _ = ZlibLibrary.EndDeflate(State);
        NativeMemory.Free(State);
    }
}

internal sealed unsafe class GzipDecoder : GzipCodec
{
    private bool _memberOpen;
    private bool _anyMemberRead;

    internal override bool Step(ref CodecWindow window, bool finish)
    {
        if (!_memberOpen)
        {
            // Between two members, or before the first.
            if (window.InputLeft == 0) return _anyMemberRead;
            if (ZlibLibrary.BeginInflate(State, ZlibLibrary.GzipWindow, Version, sizeof(ZlibLibrary.State)) != 0)
                throw Failure("zlib has no memory");
            _memberOpen = true;
        }

        Enter(window);
        var result = ZlibLibrary.Inflate(State, 0);
        Leave(ref window);
        if (result is < 0 and not ZlibLibrary.BufferError or > ZlibLibrary.StreamEnd) throw Failure($"it is damaged (zlib says {result})");
        if (result != ZlibLibrary.StreamEnd) return false;
        _ = ZlibLibrary.EndInflate(State);
        _memberOpen = false;
        _anyMemberRead = true;
        return true;
    }

    protected override void Free()
    {
        if (_memberOpen) _ = ZlibLibrary.EndInflate(State);
        NativeMemory.Free(State);
    }
}

using System.Runtime.InteropServices;

namespace Slipway.Content;

internal static unsafe partial class XzLibrary
{
    private const string Library = "liblzma.so.5";

    internal const int Ok = 0;
    internal const int StreamEnd = 1;
    internal const int MemoryLimit = 6;
    internal const int BufferError = 10;
    internal const uint Concatenated = 0x08;
    internal const uint Extreme = 1u << 31;
    internal const ulong X86Filter = 0x04;
    internal const ulong Lzma2Filter = 0x21;
    internal const ulong EndOfFilters = ulong.MaxValue;
    internal const int CheckCrc64 = 4;

    /// <summary>lzma_stream; 136 bytes on 64-bit machines.</summary>
    [StructLayout(LayoutKind.Sequential, Size = 136)]
    internal struct State
    {
        public byte* Input;
        public nuint InputLeft;
        public ulong TotalIn;
        public byte* Output;
        public nuint OutputLeft;
        public ulong TotalOut;
    }

    [StructLayout(LayoutKind.Sequential)]
    internal struct Filter
    {
        public ulong Id;
        public void* Options;
    }

    [LibraryImport(Library, EntryPoint = "lzma_lzma_preset")]
    internal static partial byte Preset(uint* options, uint preset);

    [LibraryImport(Library, EntryPoint = "lzma_stream_encoder")]
    internal static partial int BeginEncode(State* state, Filter* filters, int check);

    [LibraryImport(Library, EntryPoint = "lzma_stream_decoder")]
    internal static partial int BeginDecode(State* state, ulong memoryLimit, uint flags);

    [LibraryImport(Library, EntryPoint = "lzma_code")]
    internal static partial int Code(State* state, int action);

    [LibraryImport(Library, EntryPoint = "lzma_end")]
    internal static partial void End(State* state);
}

/// <summary>What both directions share: the state at a fixed address, and one call of the library.</summary>
internal abstract unsafe class XzCodec() : NativeCodec(Compression.Xz)
{
    private const int Run = 0;
    private const int Finish = 3;

    protected XzLibrary.State* State { get; } = (XzLibrary.State*)NativeMemory.AllocZeroed((nuint)sizeof(XzLibrary.State));

    internal override bool Step(ref CodecWindow window, bool finish)
    {
        State->Input = window.Input;
        State->InputLeft = window.InputLeft;
        State->Output = window.Output;
        State->OutputLeft = window.OutputLeft;
        var result = XzLibrary.Code(State, finish ? Finish : Run);
        window.Input = State->Input;
        window.InputLeft = State->InputLeft;
        window.Output = State->Output;
        window.OutputLeft = State->OutputLeft;
        return result switch
        {
            XzLibrary.Ok => false,
            XzLibrary.StreamEnd => true,
            XzLibrary.BufferError => false,
            XzLibrary.MemoryLimit => throw Failure("it needs more memory than a reader gives it"),
            7 => throw Failure("it is not in the .xz format"),
            _ => throw Failure($"it is damaged (liblzma says {result})"),
        };
    }

    protected override void Free()
    {
        XzLibrary.End(State);
        NativeMemory.Free(State);
    }
}

internal sealed unsafe class XzEncoder : XzCodec
{
    /// <summary>sizeof(lzma_options_lzma) is 112; the library writes only into its own part.</summary>
    private const int OptionsWords = 64;

    // Where lzma_options_lzma has its members, in words of four bytes.
    private const int DictionaryWord = 0;
    private const int LiteralContextWord = 5;
    private const int PositionWord = 7;
    private const int NiceWord = 9;
    private const int DepthWord = 11;

    internal XzEncoder(CompressionOptions options)
    {
        var preset = (uint)(options.Level ?? 6) | (options.XzExtreme ? XzLibrary.Extreme : 0);
        var lzma = stackalloc uint[OptionsWords];
        if (XzLibrary.Preset(lzma, preset) != 0) throw Failure($"it has no preset {options.Level}");
        if (options.XzDictionaryBytes is { } dictionary) lzma[DictionaryWord] = dictionary;
        if (options.XzNiceBytes is { } nice) lzma[NiceWord] = (uint)nice;
        if (options.XzSearchDepth is { } depth) lzma[DepthWord] = (uint)depth;
        if (options.XzText) (lzma[LiteralContextWord], lzma[PositionWord]) = (4, 0);
        var filters = stackalloc XzLibrary.Filter[3];
        var count = 0;
        if (options.XzX86Filter) filters[count++] = new XzLibrary.Filter { Id = XzLibrary.X86Filter };
        filters[count++] = new XzLibrary.Filter { Id = XzLibrary.Lzma2Filter, Options = lzma };
        filters[count] = new XzLibrary.Filter { Id = XzLibrary.EndOfFilters };
        var result = XzLibrary.BeginEncode(State, filters, XzLibrary.CheckCrc64);
        if (result != XzLibrary.Ok) throw Failure($"the options are refused (liblzma says {result})");
    }
}

internal sealed unsafe class XzDecoder : XzCodec
{
    /// <summary>The highest preset needs 65 MiB; larger dictionaries up to 256 MiB are taken.</summary>
    private const ulong MaxMemoryBytes = 300ul << 20;

    internal XzDecoder()
    {
        var result = XzLibrary.BeginDecode(State, MaxMemoryBytes, XzLibrary.Concatenated);
        if (result != XzLibrary.Ok) throw Failure($"liblzma says {result}");
    }
}

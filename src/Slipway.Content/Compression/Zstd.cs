using System.Runtime.InteropServices;

namespace Slipway.Content;

internal static unsafe partial class ZstdLibrary
{
    private const string Library = "libzstd.so.1";

    internal const int LevelParameter = 100;
    internal const int WindowLogParameter = 101;
    internal const int LongDistanceParameter = 160;
    internal const int ChecksumParameter = 201;
    internal const int WindowLogMaxParameter = 100;

    [StructLayout(LayoutKind.Sequential)]
    internal struct Buffer
    {
        public byte* Start;
        public nuint Size;
        public nuint Position;
    }

    [LibraryImport(Library, EntryPoint = "ZSTD_createCCtx")]
    internal static partial void* CreateCompressor();

    [LibraryImport(Library, EntryPoint = "ZSTD_freeCCtx")]
    internal static partial nuint FreeCompressor(void* context);

    [LibraryImport(Library, EntryPoint = "ZSTD_CCtx_setParameter")]
    internal static partial nuint SetCompressor(void* context, int parameter, int value);

    [LibraryImport(Library, EntryPoint = "ZSTD_CCtx_setPledgedSrcSize")]
    internal static partial nuint SetContentSize(void* context, ulong size);

    [LibraryImport(Library, EntryPoint = "ZSTD_compressStream2")]
    internal static partial nuint Compress(void* context, Buffer* output, Buffer* input, int operation);

    [LibraryImport(Library, EntryPoint = "ZSTD_createDCtx")]
    internal static partial void* CreateDecompressor();

    [LibraryImport(Library, EntryPoint = "ZSTD_freeDCtx")]
    internal static partial nuint FreeDecompressor(void* context);

    [LibraryImport(Library, EntryPoint = "ZSTD_DCtx_setParameter")]
    internal static partial nuint SetDecompressor(void* context, int parameter, int value);

    [LibraryImport(Library, EntryPoint = "ZSTD_decompressStream")]
    internal static partial nuint Decompress(void* context, Buffer* output, Buffer* input);

    [LibraryImport(Library, EntryPoint = "ZSTD_isError")]
    internal static partial uint IsError(nuint code);

    [LibraryImport(Library, EntryPoint = "ZSTD_getErrorName")]
    internal static partial byte* ErrorName(nuint code);

    internal static string? Error(nuint code) =>
        IsError(code) == 0 ? null : Marshal.PtrToStringUTF8((nint)ErrorName(code));
}

internal sealed unsafe class ZstdEncoder : NativeCodec
{
    private readonly void* _context = ZstdLibrary.CreateCompressor();

    internal ZstdEncoder(CompressionOptions options)
        : base(Compression.Zstd)
    {
        if (options.Level is { } level) Set(ZstdLibrary.LevelParameter, level);
        if (options.ZstdWindowLog is { } window) Set(ZstdLibrary.WindowLogParameter, window);
        if (options.ZstdLongDistance) Set(ZstdLibrary.LongDistanceParameter, 1);
        if (options.ZstdChecksum) Set(ZstdLibrary.ChecksumParameter, 1);
        if (options.ZstdContentBytes is { } bytes && ZstdLibrary.Error(ZstdLibrary.SetContentSize(_context, (ulong)bytes)) is { } error)
            throw Failure(error);
    }

    internal override bool Step(ref CodecWindow window, bool finish)
    {
        var input = new ZstdLibrary.Buffer { Start = window.Input, Size = window.InputLeft };
        var output = new ZstdLibrary.Buffer { Start = window.Output, Size = window.OutputLeft };
        var left = ZstdLibrary.Compress(_context, &output, &input, finish ? 2 : 0);
        if (ZstdLibrary.Error(left) is { } error) throw Failure(error);
        window.Input += input.Position;
        window.InputLeft -= input.Position;
        window.OutputLeft -= output.Position;
        return finish && left == 0;
    }

    protected override void Free() => _ = ZstdLibrary.FreeCompressor(_context);

    private void Set(int parameter, int value)
    {
        if (ZstdLibrary.Error(ZstdLibrary.SetCompressor(_context, parameter, value)) is { } error) throw Failure(error);
    }
}

internal sealed unsafe class ZstdDecoder : NativeCodec
{
    /// <summary>128 MiB: what every zstd reader takes without being asked.</summary>
    private const int MaxWindowLog = 27;

    private readonly void* _context = ZstdLibrary.CreateDecompressor();

    internal ZstdDecoder()
        : base(Compression.Zstd) => _ = ZstdLibrary.SetDecompressor(_context, ZstdLibrary.WindowLogMaxParameter, MaxWindowLog);

    internal override bool Step(ref CodecWindow window, bool finish)
    {
        var input = new ZstdLibrary.Buffer { Start = window.Input, Size = window.InputLeft };
        var output = new ZstdLibrary.Buffer { Start = window.Output, Size = window.OutputLeft };
        var hint = ZstdLibrary.Decompress(_context, &output, &input);
        if (ZstdLibrary.Error(hint) is { } error) throw Failure($"it is damaged ({error})");
        window.Input += input.Position;
        window.InputLeft -= input.Position;
        window.OutputLeft -= output.Position;
        return hint == 0;
    }

    protected override void Free() => _ = ZstdLibrary.FreeDecompressor(_context);
}

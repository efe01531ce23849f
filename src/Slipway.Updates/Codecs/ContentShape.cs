using System.Buffers.Binary;
using Slipway.Content;

namespace Slipway.Updates;

/// <summary>What content looks like, as far as compressors care.</summary>
internal enum ContentShape
{
    Other,

    /// <summary>An ELF file for x86, whose jumps the x86 filter makes alike.</summary>
    MachineCode,

    /// <summary>Begins as gzip, bzip2, xz, zstd or PNG do: little is left to gain.</summary>
    Packed,

    /// <summary>No control characters at its beginning but those of text.</summary>
    Text,
}

internal static class ContentShapes
{
    /// <summary>How many bytes <see cref="Of"/> looks at.</summary>
    public const int HeadBytes = 512;

    /// <summary>Shorter files are not looked at: no codec does better by knowing.</summary>
    public const int LeastBytes = 4096;

    private const ushort I386 = 3;
    private const ushort Amd64 = 62;

    private static readonly System.Buffers.SearchValues<byte> NotInText = System.Buffers.SearchValues.Create(
        [0, 1, 2, 3, 4, 5, 6, 7, 8, 11, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 28, 29, 30, 31, 127]);

    private static readonly byte[] PngMagic = [0x89, (byte)'P', (byte)'N', (byte)'G'];

    public static ContentShape Of(ReadOnlySpan<byte> head) =>
        head.StartsWith("\x7f"u8) && head[1..].StartsWith("ELF"u8) && head.Length >= 20
            ? BinaryPrimitives.ReadUInt16LittleEndian(head[18..]) is I386 or Amd64 ? ContentShape.MachineCode : ContentShape.Other
            : head.StartsWith(PngMagic) || Compressor.Detect(head) != Compression.None ? ContentShape.Packed
            : head.ContainsAny(NotInText) ? ContentShape.Other : ContentShape.Text;
}

using System.Buffers.Binary;

namespace Slipway.Updates;

/// <summary>What content looks like, as far as compressors care.</summary>
internal enum ContentShape
{
    Other,

    /// <summary>An ELF file for x86, whose jumps the x86 filter makes alike.</summary>
    MachineCode,
}

internal static class ContentShapes
{
    /// <summary>How many bytes <see cref="Of"/> looks at.</summary>
    public const int HeadBytes = 20;

    private const ushort I386 = 3;
    private const ushort Amd64 = 62;

    public static ContentShape Of(ReadOnlySpan<byte> head) =>
        head.Length >= HeadBytes && head.StartsWith("\x7f"u8) && head[1..].StartsWith("ELF"u8)
        && BinaryPrimitives.ReadUInt16LittleEndian(head[18..]) is I386 or Amd64
            ? ContentShape.MachineCode
            : ContentShape.Other;
}

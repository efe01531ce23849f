using System.Buffers.Binary;

namespace Slipway.Updates.Tests;

/// <summary>A delta that takes a common beginning from the old file and brings the rest as it is (format 1.9, small head, no codec).</summary>
internal static class TestDelta
{
    public static byte[] Make(byte[] old, byte[] target, int mode = 0x1a4)
    {
        var common = 0;
        while (common < Math.Min(old.Length, target.Length) && old[common] == target[common])
        {
            common++;
        }
        var delta = new byte[32 + 24 + target.Length];
        var head = delta.AsSpan();
        "BSDIFF4V"u8.CopyTo(head);
        head[8] = 32;
        head[9] = 24;
        BinaryPrimitives.WriteUInt16LittleEndian(head[10..], (ushort)common);
        BinaryPrimitives.WriteUInt16LittleEndian(head[12..], (ushort)(target.Length - common));
        BinaryPrimitives.WriteUInt16LittleEndian(head[14..], (ushort)old.Length);
        BinaryPrimitives.WriteUInt16LittleEndian(head[16..], (ushort)target.Length);
        BinaryPrimitives.WriteUInt32LittleEndian(head[18..], 0x8000u | (uint)mode);
        BinaryPrimitives.WriteUInt16LittleEndian(head[30..], 1 | 1 << 5 | 1 << 10);
        BinaryPrimitives.WriteInt64LittleEndian(head[32..], common);
        BinaryPrimitives.WriteInt64LittleEndian(head[40..], target.Length - common);
        target.AsSpan(common).CopyTo(head[(56 + common)..]);
        return delta;
    }

    public static string Name(TestNode old, TestNode target) => $"10-20-{old.Hash}-{target.Hash}";
}

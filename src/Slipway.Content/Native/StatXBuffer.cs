using System.Runtime.InteropServices;

namespace Slipway.Content.Native;

/// <summary>struct statx of statx(2): one layout for every architecture, which struct stat has not.</summary>
[StructLayout(LayoutKind.Explicit, Size = 256)]
internal struct StatXBuffer
{
    internal const uint BasicStats = 0x7ff;

    [FieldOffset(16)] public uint Links;
    [FieldOffset(20)] public uint Uid;
    [FieldOffset(24)] public uint Gid;
    [FieldOffset(28)] public ushort Mode;
    [FieldOffset(32)] public ulong Inode;
    [FieldOffset(40)] public ulong Size;
    [FieldOffset(96)] public long ChangedSeconds;
    [FieldOffset(104)] public uint ChangedNanoseconds;
    [FieldOffset(112)] public long ModifiedSeconds;
    [FieldOffset(120)] public uint ModifiedNanoseconds;
    [FieldOffset(128)] public uint RawMajor;
    [FieldOffset(132)] public uint RawMinor;
    [FieldOffset(136)] public uint DeviceMajor;
    [FieldOffset(140)] public uint DeviceMinor;

    internal readonly FileStat ToFileStat() => new(
        FileStat.TypeOf(Mode),
        Mode,
        Uid,
        Gid,
        (long)Size,
        (ModifiedSeconds * 1_000_000_000) + ModifiedNanoseconds,
        (ChangedSeconds * 1_000_000_000) + ChangedNanoseconds,
        DeviceNumber.Make(DeviceMajor, DeviceMinor),
        Inode,
        Links,
        DeviceNumber.Make(RawMajor, RawMinor));
}

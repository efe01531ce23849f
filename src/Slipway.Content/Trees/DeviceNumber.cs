namespace Slipway.Content;

/// <summary>The number of a device node as glibc packs major and minor.</summary>
public static class DeviceNumber
{
    /// <summary>Packs major and minor.</summary>
    public static ulong Make(uint major, uint minor) =>
        ((ulong)(major & 0xfffff000) << 32) | ((ulong)(major & 0xfff) << 8)
        | ((ulong)(minor & 0xffffff00) << 12) | (minor & 0xff);

    /// <summary>The major part.</summary>
    public static uint Major(ulong device) => (uint)(((device >> 32) & 0xfffff000) | ((device >> 8) & 0xfff));

    /// <summary>The minor part.</summary>
    public static uint Minor(ulong device) => (uint)(((device >> 12) & 0xffffff00) | (device & 0xff));
}

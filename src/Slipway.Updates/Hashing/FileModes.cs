namespace Slipway.Updates;

internal static class FileModes
{
    public const uint Regular = 0x8000;
    public const uint Directory = 0x4000;
    public const uint TypeMask = 0xF000;
    public const uint Permissions = 0xFFF;
}

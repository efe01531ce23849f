using System.Runtime.InteropServices;

namespace Slipway.Content.Native;

internal static class Errnos
{
    internal static int Last => Marshal.GetLastPInvokeError();

    /// <summary>The last call failed because nothing has that name.</summary>
    internal static bool IsAbsent() => Last is Errno.ENOENT or Errno.ENOTDIR;
}

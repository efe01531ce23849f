using System.Runtime.InteropServices;

namespace Slipway.Content;

/// <summary>The kernel refused an operation on a file.</summary>
public sealed class TreeException(string operation, string path, int errno)
    : SlipwayException($"{operation} {path}", Marshal.GetPInvokeErrorMessage(errno))
{
    /// <summary>The error number of Linux; see <see cref="Native.Errno"/>.</summary>
    public int Errno { get; } = errno;

    internal static TreeException Last(string operation, string path) =>
        new(operation, path, Marshal.GetLastPInvokeError());
}

using System.Net.Sockets;
using Slipway.Content;

namespace Slipway.Server.Access;

/// <summary>The file of the local socket.</summary>
internal static class LocalSocket
{
    /// <summary>Removes what a killed server left; a server that answers there is left alone, and this one must not start.</summary>
    public static void Clear(string path)
    {
        if (!File.Exists(path)) return;
        using var probe = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        try
        {
            probe.Connect(new UnixDomainSocketEndPoint(path));
        }
        catch (SocketException)
        {
            File.Delete(path);
            return;
        }

        throw new SlipwayException($"listen on {path}", "another server answers there", "end it, or use another data directory") { Kind = FailureKind.Blocked };
    }

    /// <summary>Anybody on the machine may connect: what they may do follows from who they are.</summary>
    public static void Open(string path) => File.SetUnixFileMode(path,
        UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupRead | UnixFileMode.GroupWrite | UnixFileMode.OtherRead | UnixFileMode.OtherWrite);
}

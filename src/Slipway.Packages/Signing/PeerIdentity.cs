using System.Net.Sockets;
using System.Runtime.InteropServices;

namespace Slipway.Packages.Signing;

/// <summary>Who is at the other end of a local socket, as the kernel says.</summary>
internal readonly partial record struct PeerIdentity(int Pid, uint Uid)
{
    public static PeerIdentity Of(Socket socket)
    {
        // SOL_SOCKET = 1, SO_PEERCRED = 17; struct ucred is pid, uid, gid.
        Span<byte> credentials = stackalloc byte[12];
        socket.GetRawSocketOption(1, 17, credentials);
        return new(MemoryMarshal.Read<int>(credentials), MemoryMarshal.Read<uint>(credentials[4..]));
    }

    public static uint OwnUid => geteuid();

    [LibraryImport("libc")]
    private static partial uint geteuid();
}

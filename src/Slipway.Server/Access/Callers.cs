using System.Buffers.Binary;
using System.Net.Sockets;
using System.Runtime.InteropServices;
using Microsoft.AspNetCore.Connections.Features;
using Microsoft.AspNetCore.Http;
using Slipway.Builds;
using Slipway.State;

namespace Slipway.Server.Access;

/// <summary>
/// Finds out who asks: on the local socket the kernel says whose process it is, on TCP the token. Who shows nothing may read.
/// </summary>
internal sealed partial class Callers(Database database)
{
    private static readonly State.Identity Nobody = new("anonymous", Roles.Reader);
    private readonly AccessTokens _tokens = new(database);
    private readonly RunnerKeys _runners = new(database);
    private readonly uint _ownUid = GetEffectiveUid();

    public static State.Identity Of(HttpContext context) => context.Features.Get<State.Identity>() ?? Nobody;

    public async Task IdentifyAsync(HttpContext context, RequestDelegate next)
    {
        if (PeerUid(context) is { } uid)
            context.Features.Set(uid == 0 || uid == _ownUid ? new State.Identity(UserName(uid), Roles.Admin) : new State.Identity(UserName(uid), Roles.Reader));
        else if (!IsLocalName(context.Request.Host.Host))
        {
            // A web page of somebody else whose name was made to lead here must not read through a visitor's browser.
            await Failures.WriteAsync(context, 421, "request", $"this server is not '{context.Request.Host.Host}'", "use 127.0.0.1 or localhost");
            return;
        }

        if (context.Request.Headers.Authorization is [{ } authorization])
        {
            if (Token(authorization) is not { } token || (_tokens.Check(token) ?? RunnerOf(token)) is not { } identity)
            {
                context.Response.Headers.WWWAuthenticate = "Bearer";
                await Failures.WriteAsync(context, 401, "authorization", "the token is not known", "make one with `slipway users add`");
                return;
            }

            context.Features.Set(identity);
        }

        await next(context);
    }

    private State.Identity? RunnerOf(string key) => _runners.Check(key) is { } name ? new(name, Roles.Runner) : null;

    private static string? Token(string authorization) =>
        authorization.StartsWith("Bearer ", StringComparison.OrdinalIgnoreCase) ? authorization["Bearer ".Length..].Trim() : null;

    private static bool IsLocalName(string host) => host is "127.0.0.1" or "localhost" or "[::1]";

    private static uint? PeerUid(HttpContext context)
    {
        const int solSocket = 1;
        const int soPeerCred = 17;
        if (context.Features.Get<IConnectionSocketFeature>()?.Socket is not { AddressFamily: AddressFamily.Unix } socket) return null;
        // struct ucred: pid, uid, gid.
        Span<byte> credentials = stackalloc byte[12];
        return socket.GetRawSocketOption(solSocket, soPeerCred, credentials) == 12
            ? BinaryPrimitives.ReadUInt32LittleEndian(credentials[4..])
            : uint.MaxValue;
    }

    private static string UserName(uint uid)
    {
        var number = uid.ToString(System.Globalization.CultureInfo.InvariantCulture);
        var line = File.ReadLines("/etc/passwd").Select(l => l.Split(':')).FirstOrDefault(f => f.Length > 2 && f[2] == number);
        return line?[0] ?? $"uid {number}";
    }

    [LibraryImport("libc.so.6", EntryPoint = "geteuid")]
    private static partial uint GetEffectiveUid();
}

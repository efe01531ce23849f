using System.Text.RegularExpressions;
using Microsoft.AspNetCore.Http;

namespace Slipway.Server.Files;

/// <summary>The address by which the client knows this server: its own Host, or what a proxy on this machine says of it (only such a one can reach us).</summary>
internal static partial class RequestAddress
{
    /// <summary>What an answer with such an address depends on.</summary>
    public const string Headers = "Host, X-Forwarded-Host, X-Forwarded-Proto, X-Forwarded-Prefix";

    public static string Of(HttpRequest request)
    {
        var scheme = Last(request, "X-Forwarded-Proto") is "https" || request.IsHttps ? "https" : "http";
        var host = Last(request, "X-Forwarded-Host") ?? request.Host.Value ?? "";
        var prefix = (Last(request, "X-Forwarded-Prefix") ?? "").TrimEnd('/');
        // It becomes a line of a client's configuration.
        if (!Host().IsMatch(host) || !Prefix().IsMatch(prefix)) throw new BadHttpRequestException("the Host is not one");
        return $"{scheme}://{host}{prefix}";
    }

    private static string? Last(HttpRequest request, string header) =>
        request.Headers[header] is [.., { } value] ? value.Split(',')[^1].Trim() : null;

    [GeneratedRegex(@"\A(?:[A-Za-z0-9._-]+|\[[0-9A-Fa-f:.]+\])(?::[0-9]{1,5})?\z")]
    private static partial Regex Host();

    [GeneratedRegex(@"\A(?:/[A-Za-z0-9._~-]+)*\z")]
    private static partial Regex Prefix();
}

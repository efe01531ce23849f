using Slipway.Content;

namespace Slipway.Releases.Koji;

public enum KojiLogin { None, Certificate, Kerberos }

/// <summary>A hub as koji's own configuration describes it.</summary>
/// <param name="Server">The hub's address.</param>
/// <param name="TopUrl">Above packages/, where files are fetched.</param>
/// <param name="Certificate">Client certificate with its key, PEM. Unset: none.</param>
/// <param name="ServerAuthority">Certificates that may vouch for the hub, PEM. Unset: the machine's.</param>
public sealed record KojiProfile(string Server, string TopUrl, KojiLogin Login, string? Certificate, string? ServerAuthority)
{
    /// <summary>Reads a profile; later files win, as koji reads them.</summary>
    /// <param name="texts">The files that are there, in koji's order.</param>
    public static KojiProfile Read(string profile, IReadOnlyList<string> texts)
    {
        var values = new Dictionary<string, string>(StringComparer.OrdinalIgnoreCase);
        foreach (var text in texts)
            ReadInto(values, profile, text);
        string Required(string key) => values.GetValueOrDefault(key) is { Length: > 0 } value ? value
            : throw new SlipwayException($"read the koji profile {profile}", $"it has no {key}", $"add [{profile}] with server and topurl to /etc/koji.conf or ~/.koji/config") { Kind = FailureKind.Usage };
        var login = values.GetValueOrDefault("authtype") switch
        {
            "ssl" => KojiLogin.Certificate,
            "kerberos" or "gssapi" => KojiLogin.Kerberos,
            null when values.ContainsKey("cert") => KojiLogin.Certificate,
            _ => KojiLogin.None,
        };
        return new KojiProfile(Required("server").TrimEnd('/'), Required("topurl").TrimEnd('/'), login, values.GetValueOrDefault("cert"), values.GetValueOrDefault("serverca"));
    }

    private static void ReadInto(Dictionary<string, string> values, string profile, string text)
    {
        var isIn = false;
        foreach (var line in text.Split('\n').Select(l => l.Trim()).Where(l => l.Length > 0 && l[0] is not (';' or '#')))
        {
            if (line.StartsWith('['))
                isIn = line == $"[{profile}]";
            else if (isIn && line.Split('=', 2) is [var key, var value])
                values[key.Trim()] = value.Trim();
        }
    }
}

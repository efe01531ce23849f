using Slipway.Content;
using Slipway.Packages;

namespace Slipway.Releases.Configuration;

/// <summary>Reads the <c>upstream:</c> of a stream.yml.</summary>
internal static class UpstreamConfigReader
{
    private static readonly string[] s_types = ["apt", "rpm-md", "pacman", "stream", "none"];

    public static UpstreamConfig Read(ConfigMap map)
    {
        var type = map.String("type", "apt");
        if (!s_types.Contains(type))
            map.Error("type", $"is '{type}', which is not supported", $"write one of {string.Join(", ", s_types)}");
        var url = map.OptionalString("url");
        var upstream = new UpstreamConfig(type, map.String("sources", url is null ? "host" : "url"))
        {
            Packages = Packages(map, type),
            Url = url?.TrimEnd('/'),
            Suite = map.String("suite", ""),
            Components = map.Strings("components") is { Count: > 0 } components ? components : null,
            TrustFile = map.OptionalString(type == "stream" ? "certificate" : "keys"),
            Policy = Policy(map),
            StayWhenWentBack = map.String("went_back", "block") == "stay",
            Bundles = map.Has("bundles") ? map.Strings("bundles") : null,
            PackagesPath = Below(map, "packages_path", StreamPublic.PackagesPath),
            BundlesPath = Below(map, "bundles_path", StreamPublic.BundlesPath),
            SignedIndex = map.Bool("signed_index", true),
        };
        Check(map, upstream);
        return upstream;
    }

    private static PackageType Packages(ConfigMap map, string type) => map.Choice("packages", type switch
    {
        "rpm-md" => PackageType.Rpm,
        "pacman" => PackageType.Pacman,
        _ => PackageType.Deb,
    });

    private static void Check(ConfigMap map, UpstreamConfig upstream)
    {
        if (!s_types.Contains(upstream.Type))
            return;
        if (upstream.Sources is not ("host" or "url") || (upstream.Sources == "host" && upstream.Type is not ("apt" or "none")))
            map.Error("sources", $"is '{upstream.Sources}', which is not supported", upstream.Type == "apt" ? "write host, for the machine's own apt sources, or give url:" : "give url:");
        if (upstream.Url is not null && !(Uri.TryCreate(upstream.Url, UriKind.Absolute, out var url) && url.Scheme is "http" or "https" or "file"))
            map.Error("url", $"is '{upstream.Url}', which is no address", "write http://, https:// or file:// and a path");
        if (upstream.Type == "stream" && upstream.TrustFile is null)
            map.Error("certificate", "is missing: the upstream's signatures could not be checked", "add its Swupd_Root.pem to the repository and name it");
        if (upstream is { Type: "apt" or "pacman", Url: not null, Suite: "" })
            map.Error("suite", "is missing", upstream.Type == "apt" ? "write the suite, such as stable" : "write the name of the repository");
    }

    private static string Below(ConfigMap map, string key, string unset)
    {
        var path = map.String(key, unset).Trim('/');
        if (path.Length == 0 || path.Split('/').Any(part => part is "" or "." or ".."))
            map.Error(key, $"is '{path}', which is no path below the address", $"write a path like {unset}");
        return path;
    }

    private static UpstreamPolicy Policy(ConfigMap map)
    {
        var text = map.String("policy", "follow");
        var words = text.Split(' ', StringSplitOptions.RemoveEmptyEntries);
        uint number = 0;
        var known = Enum.TryParse<UpstreamPolicyKind>(words.FirstOrDefault(), ignoreCase: true, out var kind) && !char.IsAsciiDigit(text[0]);
        var numbered = kind is UpstreamPolicyKind.Pin or UpstreamPolicyKind.Lag or UpstreamPolicyKind.Max;
        if (!known || words.Length != (numbered ? 2 : 1) || (numbered && !uint.TryParse(words[1], out number)))
            map.Error("policy", $"is '{text}'", "write follow, hold, pin VERSION, max VERSION or lag COUNT");
        return new UpstreamPolicy(kind, number);
    }
}

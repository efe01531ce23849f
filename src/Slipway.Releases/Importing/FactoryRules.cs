using System.Globalization;

namespace Slipway.Releases.Importing;

/// <summary>What each variable of the factory becomes (clause 1.14 of its configuration).</summary>
internal static class FactoryRules
{
    private delegate (string? Place, string? Why) Rule(StreamDraft draft, string value);

    private static readonly Dictionary<string, Rule> s_rules = new(StringComparer.Ordinal)
    {
        ["NAMESPACE"] = Set("stream", (d, v) => d.Stream = v.ToLowerInvariant()),
        ["IS_DOWNSTREAM"] = Set("upstream.type", (d, v) => d.IsDownstream = v != "false"),
        ["CLR_PUBLIC_DL_URL"] = Set("upstream.url", (d, v) => d.UpstreamUrl = v),
        ["CLR_LATEST"] = Number("upstream.policy", (d, v) => d.Pin = v.ToString(CultureInfo.InvariantCulture)),
        ["CLR_BUNDLES"] = Set("upstream.bundles", (d, v) => d.UpstreamBundles = Words(v)),
        ["DISTRO_BUNDLES"] = Set("bundles", (d, v) => d.Bundles = Words(v)),
        ["MIX_INCREMENT"] = Number("versions.step", (d, v) => d.Step = v),
        ["NUM_DELTA_BUILDS"] = Number("deltas.from_previous", (d, v) => d.Deltas = (int)Math.Min(v, 100)),
        ["DISTRO_URL"] = Set("content_url and version_url", (d, v) => d.Url = v),
        ["CONTENT_URL"] = Set("content_url", (d, v) => d.ContentUrl = v),
        ["VERSION_URL"] = Set("version_url", (d, v) => d.VersionUrl = v),
        ["LOCAL_RPM_DIR"] = Set("providers: local", (d, v) => d.LocalPackages = v),
        ["PUBLISHING_HOST"] = Set("destinations: public", (d, v) => d.PublishingHost = v),
        ["PUBLISHING_ROOT"] = Set("destinations: public", (d, v) => d.PublishingRoot = v.TrimEnd('/')),
        ["BUNDLES_REPO"] = (_, _) => ("bundles/", "its definitions are part of the stream's repository from now on"),
        ["BUNDLES_REPO_SRC_DIR"] = (_, _) => ("bundles/", "what was below it"),
        ["TEMPLATES_PATH"] = (_, _) => ("images/", null),
        ["SWUPD_CERT"] = (_, _) => (null, "the signer holds it: slipway keys import --stream S --certificate FILE --key FILE"),
        ["IMG_SIGN_KEY"] = (_, _) => (null, "keys are in no configuration: give it to the signer"),
        ["DISTRO_NAME"] = (_, _) => (null, "it was the beginning of image names; the stream's name takes its place"),
        ["KOJI_TAG"] = (_, _) => (null, "a Koji tag is no provider yet: put its packages into a directory (LOCAL_RPM_DIR) or a repository"),
        ["KOJI_URL"] = (_, _) => (null, "the factory only logged it"),
        ["CONFIG_REPO_HOST"] = (_, _) => (null, "the stream's repository is pushed to the service"),
        ["LICENSES_FILTER"] = (_, _) => (null, "licences are SPDX expressions and need no filter"),
        ["CHKSUM_FILE_SUFFIX"] = (_, _) => (null, "checksums have one name"),
        ["MIN_VERSION"] = (_, _) => (null, "it is asked for per release"),
        ["FORMAT_BUMP"] = (_, _) => (null, "raise format: in stream.yml by one"),
        ["MIXER_VER_MIN"] = (_, _) => (null, "no mixer is called"),
        ["MIXER_OPTS"] = (_, _) => (null, "no mixer is called"),
        ["MIXER_LOG"] = (_, _) => (null, "no mixer is called"),
        ["MCA_TABLE_WIDTH"] = (_, _) => (null, "the manifest gate prints no table"),
    };

    private static readonly string[] s_places = ["WORK_DIR", "BUNDLES_DIR", "PKGS_DIR", "REPO_DIR", "MIXER_ROOT", "MIXER_DIR", "STAGING_ROOT", "STAGING_DIR", "BUILD_ARCH"];

    public static (string? Place, string? Why) Apply(StreamDraft draft, string name, string? value)
    {
        if (s_places.Contains(name))
            return (null, "everything of a stream lies below the data directory");
        if (name.StartsWith("LOG_", StringComparison.Ordinal))
            return (null, "the service logs to its standard output");
        if (name.EndsWith("_proxy", StringComparison.OrdinalIgnoreCase))
            return (null, "set it in the service's environment");
        if (!s_rules.TryGetValue(name, out var rule))
            return ("hooks/config.sh", "no setting of a stream; the functions beside it see it");
        return value is null ? (null, "only a shell could tell its value: write it into stream.yml by hand") : rule(draft, value);
    }

    private static Rule Set(string key, Action<StreamDraft, string> set) => (draft, value) =>
    {
        if (value.Length == 0)
            return (null, "it is empty, as if it were not there");
        set(draft, value);
        return ($"stream.yml: {key}", null);
    };

    private static Rule Number(string key, Action<StreamDraft, uint> set) => (draft, value) =>
    {
        if (!uint.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out var number))
            return (null, $"'{value}' is no number");
        set(draft, number);
        return ($"stream.yml: {key}", null);
    };

    private static string[] Words(string value) => value.Split((char[])[' ', '\t', '\n', '\\'], StringSplitOptions.RemoveEmptyEntries);
}

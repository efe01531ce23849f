using System.Text.RegularExpressions;
using Slipway.Content;

namespace Slipway.Releases.Configuration;

/// <summary>Reads stream.yml as a whole: every error comes with its line and what to write instead.</summary>
public static partial class StreamConfigReader
{
    public const string FileName = "stream.yml";

    private const uint MaxVersion = 1_000_000_000;

    /// <exception cref="ConfigException">Anything in the file is wrong.</exception>
    public static StreamConfig Parse(string text, string file = FileName)
    {
        var document = ConfigDocument.Parse(text, file);
        var root = document.Root;
        var providers = Providers(root);
        var contentUrl = Url(root, "content_url", root.String("content_url"));
        var config = new StreamConfig
        {
            Name = Name(root, "stream"),
            Format = (int)root.Int("format", 30, 1, ushort.MaxValue),
            Upstream = UpstreamConfigReader.Read(root.Map("upstream")),
            Providers = providers,
            Bundles = Bundles(root, providers),
            Versions = Versions(root),
            DeltasFromPrevious = (int)(root.OptionalMap("deltas")?.Int("from_previous", 1, 0, 100) ?? 1),
            ContentUrl = contentUrl,
            VersionUrl = Url(root, "version_url", root.String("version_url", contentUrl)),
            OsRelease = OsRelease(root),
            UpdateBundle = UpdateBundle(root),
            Gates = Gates(root),
            Budgets = Budget(root.OptionalMap("budgets")),
            Destinations = Destinations(root),
            Channels = Channels(root),
        };
        document.ThrowIfErrors();
        return config;
    }

    [GeneratedRegex("^[a-z0-9][a-z0-9._-]{0,63}$")]
    private static partial Regex NamePattern();

    [GeneratedRegex("^[A-Za-z0-9][A-Za-z0-9._+-]{0,99}(/[A-Za-z0-9][A-Za-z0-9._+-]{0,99}){0,15}$")]
    private static partial Regex ProjectPattern();

    [GeneratedRegex("^(ssh://([A-Za-z0-9._-]+@)?[A-Za-z0-9.-]+(:[0-9]{1,5})?/[^\\s'\"]+|[A-Za-z0-9_]+:[^\\s/][^\\s]*)$")]
    private static partial Regex DestinationPattern();

    private static string Name(ConfigMap map, string key)
    {
        var name = map.String(key);
        if (map.Has(key) && !NamePattern().IsMatch(name))
            map.Error(key, $"is '{name}', which is no name", "use 1 to 64 of a-z, 0-9, '.', '_' and '-', beginning with a letter or a digit");
        return name;
    }

    private static string Url(ConfigMap map, string key, string url)
    {
        var known = Uri.TryCreate(url, UriKind.Absolute, out var uri) && uri.Scheme is "http" or "https" or "file";
        if (map.Has(key) && (!known || uri!.Query.Length > 0 || url.Any(char.IsWhiteSpace)))
            map.Error(key, $"is '{url}', which is no address", "write http://, https:// or file:// and a path");
        return url.TrimEnd('/');
    }

    private static List<ProviderConfig> Providers(ConfigMap root)
    {
        var providers = new List<ProviderConfig>();
        foreach (var map in root.Maps("providers"))
        {
            var provider = ProviderOf(map);
            if (providers.Any(p => p.Name == provider.Name))
                map.Error("name", $"'{provider.Name}' is given twice", "give each provider its own name");
            providers.Add(provider);
        }
        return providers;
    }

    private static ProviderConfig ProviderOf(ConfigMap map)
    {
        var type = map.String("type", "repository");
        var isOwn = type == "repository";
        var provider = new ProviderConfig(Name(map, "name"), isOwn ? map.String("project") : "", isOwn ? map.String("dist") : "", (int)map.Int("priority", 10, 1, 1000))
        {
            Type = type,
            Url = isOwn || type == "koji" ? null : map.String(type == "directory" ? "path" : "url"),
            Profile = type == "koji" ? map.String("profile", "koji") : "koji",
            Tag = type == "koji" ? map.String("tag") : "",
            Suite = type == "remote" ? map.String("suite", "") : "",
            Components = type == "remote" && map.Strings("components") is { Count: > 0 } components ? components : null,
            TrustFile = type == "remote" ? map.String("keys") : null,
        };
        if (type is not ("repository" or "directory" or "remote" or "koji"))
            map.Error("type", $"is '{type}', which is not supported", "write repository, directory, remote or koji");
        if (isOwn && !ProjectPattern().IsMatch(provider.Project))
            map.Error("project", $"is '{provider.Project}', which is no project path", "write it as below projects/, without leading or trailing slash");
        if (isOwn && !NamePattern().IsMatch(provider.Dist))
            map.Error("dist", $"is '{provider.Dist}', which is no dist name", "write a name of a file below dists/");
        if (type == "directory" && !Path.IsPathRooted(provider.Url))
            map.Error("path", $"is '{provider.Url}', which is no absolute path", "write the directory from /");
        return provider;
    }

    private static List<StreamBundle> Bundles(ConfigMap root, List<ProviderConfig> providers)
    {
        var bundles = new List<StreamBundle>();
        foreach (var map in root.MapsOrNames("bundles", "name"))
        {
            var bundle = new StreamBundle(map.String("name"), map.OptionalString("needs"));
            if (!Compose.Bundles.BundleDefinition.IsBundleName(bundle.Name))
                map.Error("name", $"is '{bundle.Name}', which is no bundle name", "name a file below bundles/");
            if (bundle.Needs is not null && providers.All(p => p.Name != bundle.Needs))
                map.Error("needs", $"is '{bundle.Needs}', which is no provider", providers.Count == 0 ? "add it to providers" : $"write one of {string.Join(", ", providers.Select(p => p.Name))}");
            if (bundle is { Name: Compose.Bundles.BundleDefinition.Core, Needs: not null })
                map.Error("needs", "is given for os-core, without which there is no version", "remove it");
            if (bundles.Any(b => b.Name == bundle.Name))
                map.Error("name", $"'{bundle.Name}' is given twice", "keep one of them");
            bundles.Add(bundle);
        }
        if (bundles.Count == 0)
            root.Error("bundles", "names no bundle", "list at least os-core");
        return bundles;
    }

    private static VersionScheme Versions(ConfigMap root)
    {
        if (root.OptionalMap("versions") is not { } map)
            return new VersionScheme(10, 10, 10);
        var step = (uint)map.Int("step", 10, 1, MaxVersion);
        var first = (uint)map.Int("first", step, 1, MaxVersion);
        var then = (uint)map.Int("then", first, 1, MaxVersion);
        if (then < first)
            map.Error("then", $"is {then}, less than first", $"write {first} or more");
        var factor = (uint)map.Int("factor", 0, 0, MaxVersion);
        if (factor > 0 && step * 2UL >= factor)
            map.Error("step", $"is {step}, which leaves no room for a format bump below the factor {factor}", "write a smaller one");
        return new VersionScheme(first, then, step, factor);
    }

    private static string? UpdateBundle(ConfigMap root)
    {
        var bundle = root.OptionalString("update_bundle");
        if (bundle is not null && !Compose.Bundles.BundleDefinition.IsBundleName(bundle))
            root.Error("update_bundle", $"is '{bundle}', which is no bundle name", "name a bundle of the stream, such as os-core-update");
        return bundle;
    }

    private static IReadOnlyList<string> OsRelease(ConfigMap root)
    {
        var paths = root.Strings("os_release");
        if (paths.FirstOrDefault(p => p.Split('/').Any(s => s is ".." or ".") || p.Trim('/').Length == 0) is { } bad)
            root.Error("os_release", $"has '{bad}', which is no path in the root", "write a path like usr/share/NAME/os-release");
        return paths;
    }

    private static IReadOnlyList<GateConfig> Gates(ConfigMap root)
    {
        if (!root.Has("gates"))
            return GateConfig.Default;
        var gates = new List<GateConfig>();
        foreach (var map in root.MapsOrNames("gates", "name"))
        {
            var gate = Gate(map);
            if (gates.Any(g => g.Name == gate.Name))
                map.Error("name", $"'{gate.Name}' is given twice", "give each gate its own name");
            gates.Add(gate);
        }
        return gates;
    }

    private static GateConfig Gate(ConfigMap map)
    {
        var name = Name(map, "name");
        var run = map.Strings("run");
        var expect = map.OptionalString("expect");
        var bundle = map.OptionalString("bundle");
        if (run.Count > 0)
        {
            if (!run[0].StartsWith('/'))
                map.Error("run", $"begins with '{run[0]}'", "write the program's absolute path in the root");
            return new GateConfig(GateKind.Run, name) { Run = run, Expect = expect, Bundle = bundle };
        }
        if (expect is not null || bundle is not null)
            map.Error("name", $"'{name}' expects something but runs nothing", "add run: [/usr/bin/PROGRAM]");
        if (GateConfig.Default.FirstOrDefault(g => g.Name == name) is { } known)
            return known.Kind == GateKind.Update ? known with { From = (int)map.Int("from", 1, 1, 100) } : known;
        map.Error("name", $"is '{name}', which is no gate", $"write one of {string.Join(", ", GateConfig.Default.Select(g => g.Name))}, or add run: to it");
        return new GateConfig(GateKind.Run, name);
    }

    private static Budgets Budget(ConfigMap? map)
    {
        if (map is null)
            return new Budgets();
        return new Budgets(
            map.Has("removed_packages_percent") ? (int)map.Int("removed_packages_percent", 100, 0, 100) : null,
            map.Has("root_megabytes") ? (int)map.Int("root_megabytes", 1, 1, 1_000_000) : null);
    }

    private static List<DestinationConfig> Destinations(ConfigMap root)
    {
        var destinations = new List<DestinationConfig>();
        foreach (var map in root.Maps("destinations"))
        {
            var destination = new DestinationConfig(Name(map, "name"), map.String("to").TrimEnd('/'));
            var isPlace = Path.IsPathRooted(destination.To) || DestinationPattern().IsMatch(destination.To);
            if (map.Has("to") && (!isPlace || destination.To.Split('/').Contains("..")))
                map.Error("to", $"is '{destination.To}', which is no place", "write an absolute path, ssh://HOST/PATH, or NAME:PATH of a store in rclone.conf");
            if (destinations.Any(d => d.Name == destination.Name))
                map.Error("name", $"'{destination.Name}' is given twice", "give each destination its own name");
            destinations.Add(destination);
        }
        return destinations;
    }

    private static List<ChannelConfig> Channels(ConfigMap root)
    {
        var channels = new List<ChannelConfig>();
        foreach (var map in root.Maps("channels"))
        {
            var publish = map.String("publish", "by-hand");
            if (publish is not ("auto" or "by-hand"))
                map.Error("publish", $"is '{publish}'", "write auto or by-hand");
            var channel = new ChannelConfig(Name(map, "name"), publish == "auto", (int)map.Int("expires_days", 30, 1, 3650));
            if (channels.Any(c => c.Name == channel.Name))
                map.Error("name", $"'{channel.Name}' is given twice", "keep one of them");
            channels.Add(channel);
        }
        if (channels.Count == 0)
            root.Error("channels", "names no channel", "add - {name: stable, publish: auto}");
        return channels;
    }
}

using System.Globalization;
using System.Text;
using Slipway.Content;

namespace Slipway.Compose.Workspace;

/// <summary>Where a mix is at home: its configuration, its version numbers and the places of its parts (format clause 2.1).</summary>
public sealed class MixWorkspace
{
    private readonly Action<string> _warn;

    private MixWorkspace(string directory, BuilderConfigFile file, BuilderConfig config, TimeProvider clock, Action<string> warn)
    {
        Root = directory;
        ConfigFile = file;
        Config = config;
        Clock = clock;
        _warn = warn;
        State = MixState.Load(directory, file.LegacyFormat, () => LastVersion);
    }

    /// <summary>The current directory of whoever calls: mixer.state is always here.</summary>
    public string Root { get; }

    public BuilderConfigFile ConfigFile { get; }

    public BuilderConfig Config { get; }

    public MixState State { get; private set; }

    public TimeProvider Clock { get; }

    /// <summary>Reads a workspace; an old configuration is converted, with the old file kept beside it.</summary>
    /// <param name="directory">The directory to work in.</param>
    /// <param name="configFile">Unset: builder.conf in it.</param>
    /// <param name="variable">Gives the value of a variable in builder.conf.</param>
    /// <param name="clock">The clock.</param>
    /// <param name="warn">Gets what is noticed and does not stop a run.</param>
    public static MixWorkspace Open(string directory, string? configFile, Func<string, string?> variable, TimeProvider clock, Action<string> warn)
    {
        var place = Path.GetFullPath(directory);
        var file = BuilderConfigFile.Load(Path.GetFullPath(configFile ?? "builder.conf", place), place);
        var config = file.Read(variable);
        if (file.IsOld)
        {
            file.Convert();
            warn($"{file.File} was converted to version 1.2; the old one is {file.File}.bkp");
        }
        foreach (var warning in config.Warnings)
            warn(warning);
        var workspace = new MixWorkspace(place, file, config, clock, warn);
        if (file.LegacyFormat is not null && !File.Exists(Path.Combine(place, MixState.FileName)))
            workspace.State.Save(place);
        return workspace;
    }

    public void Warn(string text) => _warn(text);

    /// <summary>The version that is mixed now.</summary>
    public uint MixVersion
    {
        get => Number(VersionFile("mixversion", ".mixversion")) ?? throw new SlipwayException(
            $"read {VersionFile("mixversion", ".mixversion")}", "it does not exist or holds no number", "slipway mix init --mix-version 10")
        { Kind = FailureKind.Usage };
        set => AtomicFile.WriteText(VersionFile("mixversion", ".mixversion"), Text(value) + "\n");
    }

    /// <summary>The version of upstream that the mix is made from; 0 where it has none.</summary>
    public uint UpstreamVersion
    {
        get => Number(VersionFile("upstreamversion", ".clearversion")) ?? 0;
        set => AtomicFile.WriteText(VersionFile("upstreamversion", ".clearversion"), Text(value) + "\n");
    }

    /// <summary>Where upstream publishes; empty where there is none.</summary>
    public string UpstreamUrl
    {
        get => VersionFile("upstreamurl", ".clearurl") is var file && File.Exists(file) ? File.ReadAllText(file).Trim() : "";
        set => AtomicFile.WriteText(VersionFile("upstreamurl", ".clearurl"), value + "\n");
    }

    /// <summary>The bundles of the mix, as they are listed: not closed under includes.</summary>
    public IReadOnlyList<string> MixBundles
    {
        get => File.Exists(MixBundlesFile) ? [.. File.ReadLines(MixBundlesFile).Select(l => l.Trim()).Where(l => l.Length > 0 && l[0] != '#').Distinct(StringComparer.Ordinal)] : [];
        set => AtomicFile.WriteText(MixBundlesFile, string.Concat(value.Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal).Select(b => b + "\n")));
    }

    public string MixBundlesFile => Path.Combine(Config.VersionsPath, "mixbundles");

    public string Image => Path.Combine(Config.StateDirectory, "image");

    public string Www => Path.Combine(Config.StateDirectory, "www");

    public string ImageOf(uint version) => Path.Combine(Image, Text(version));

    public string ContentOf(uint version) => Path.Combine(Www, Text(version));

    /// <summary>What is kept between runs and can be made again: packages, unpacked payloads, indexes.</summary>
    public string Cache => Path.Combine(Config.StateDirectory, "mix-cache");

    public string UpstreamBundles => Path.Combine(Root, "upstream-bundles");

    public string LocalPackageList => Path.Combine(Root, "local-packages");

    /// <summary>The last version whose content was made; 0 for none.</summary>
    public uint LastVersion
    {
        get => Number(Path.Combine(Image, "LAST_VER")) ?? 0;
        set
        {
            Directory.CreateDirectory(Image);
            AtomicFile.WriteText(Path.Combine(Image, "LAST_VER"), Text(value) + "\n");
        }
    }

    public void Change(MixState state)
    {
        state.Save(Root);
        State = state;
    }

    /// <summary>Goes back to a version that was built: what comes next follows it. Devices never go back, so nothing published is to be reset.</summary>
    /// <param name="version">0: to before the first one.</param>
    /// <param name="clean">Deletes image and content of all later versions.</param>
    public void ResetTo(uint version, bool clean)
    {
        if (version > 0 && !File.Exists(Path.Combine(ContentOf(version), "Manifest.MoM")))
            throw new SlipwayException($"reset to version {version}", "it has no update content", "a version that was built") { Kind = FailureKind.Usage };
        if (clean)
        {
            foreach (var later in new[] { Image, Www }.Where(Directory.Exists).SelectMany(Directory.GetDirectories)
                .Where(d => uint.TryParse(Path.GetFileName(d), NumberStyles.None, CultureInfo.InvariantCulture, out var v) && v > version).ToList())
                Remove(later);
            // Pointers never go back by themselves; these lead nowhere now.
            foreach (var pointer in Directory.Exists(Path.Combine(Www, "version")) ? PointersAbove(version) : [])
            {
                File.Delete(pointer + ".sig");
                File.Delete(pointer);
            }
        }
        var format = version > 0 ? int.Parse(File.ReadAllText(Path.Combine(ContentOf(version), "format")).Trim(), CultureInfo.InvariantCulture) : State.Format;
        LastVersion = version;
        Change(new MixState(format, version));
        MixVersion = version + 10;
    }

    /// <summary>Holds the workspace for a change.</summary>
    public IDisposable Lock(string purpose) => MixLock.Take(Root, purpose, Clock);

    /// <summary>Removes a directory tree below the state directory, if it is there.</summary>
    internal static void Remove(string directory)
    {
        if (!Directory.Exists(directory))
            return;
        using var parent = RootedTree.Open(Path.GetDirectoryName(directory)!);
        parent.RemoveTree(BytePath.From(Path.GetFileName(directory)));
    }

    internal static string Text(uint version) => version.ToString(CultureInfo.InvariantCulture);

    // Format clause 2.1: an old dotted name wins where it is there.
    private string VersionFile(string name, string old)
    {
        var dotted = Path.Combine(Config.VersionsPath, old);
        if (!File.Exists(dotted))
            return Path.Combine(Config.VersionsPath, name);
        if (_warned.Add(old))
            _warn($"{dotted} is used; its name is {name} now");
        return dotted;
    }

    private List<string> PointersAbove(uint version)
    {
        var root = Path.Combine(Www, "version");
        return [.. Directory.GetDirectories(root).Select(d => Path.Combine(d, "latest")).Append(Path.Combine(root, "latest_version")).Where(p => Number(p) > version)];
    }

    private readonly HashSet<string> _warned = [];

    private static uint? Number(string file) =>
        File.Exists(file) && uint.TryParse(File.ReadAllText(file, Encoding.UTF8).Trim(), NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : null;
}

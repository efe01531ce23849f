using System.Globalization;
using Slipway.Compose.Bundles;
using Slipway.Compose.Workspace;
using Slipway.Content;
using Slipway.Updates;

namespace Slipway.Compose.Mixing;

/// <summary>
/// A change of format as a pair of versions with the same content (format clause 2.8): X+10 in the old format, which tells devices of the new
/// one, and X+20 in the new format. Bundles are deleted here and nowhere else.
/// </summary>
public sealed class FormatBump(MixWorkspace mix, MixTools tools)
{
    private readonly MixBundles _bundles = new(mix, tools);
    private readonly MixContent _content = new(mix, tools);

    /// <summary>Makes X+10 in the old format; afterwards mixversion is X+10.</summary>
    public async Task<CreateReport> OldAsync(int newFormat, MixBuildOptions options, CancellationToken cancellation)
    {
        var last = mix.MixVersion;
        CheckFormat(newFormat);
        RequireContent(last, "slipway mix build all");
        var (old, @new) = (last + 10, last + 20);
        var deprecated = Deprecated();
        await _bundles.BuildAsync(options with { Version = @new, Format = newFormat }, b => !deprecated.Contains(b.Name), cancellation).ConfigureAwait(false);
        ShareImage(@new, old);
        AddEmpty(old, deprecated);
        WriteGroups([.. BundlesOf(@new), .. deprecated]);
        var report = _content.Build(options with { Version = old, Previous = last, Format = mix.State.Format, Increment = false }, cancellation);
        // What comes next follows X for whoever asks in between: X+10 exists for the sake of X+20 only.
        mix.LastVersion = last;
        mix.Change(mix.State with { Previous = last });
        mix.MixVersion = old;
        foreach (var bundle in deprecated)
            tools.Say($"bundle {bundle} is deleted with version {old}");
        return report;
    }

    /// <summary>True where X+10 is made and X+20 is not finished: a run that was cut off goes on there.</summary>
    public bool IsHalfDone(int newFormat)
    {
        var file = Path.Combine(mix.ImageOf(mix.MixVersion + 10), "full", "usr/share/defaults/swupd/format");
        return File.Exists(Path.Combine(mix.ContentOf(mix.MixVersion), "Manifest.MoM")) && File.Exists(file) && File.ReadAllText(file).Trim() == newFormat.ToString(CultureInfo.InvariantCulture);
    }

    /// <summary>Makes X+20 in the new format out of what <see cref="OldAsync"/> composed; afterwards mixversion is X+20.</summary>
    public CreateReport New(int newFormat, MixBuildOptions options, CancellationToken cancellation)
    {
        var old = mix.MixVersion;
        var @new = old + 10;
        CheckFormat(newFormat);
        RequireContent(old, "slipway mix build format-bump old --new-format N");
        if (!Directory.Exists(mix.ImageOf(@new)))
        {
            throw new SlipwayException($"build version {@new}", $"{mix.ImageOf(@new)} does not exist: version {old} is not the first half of a change of format", "slipway mix build format-bump old --new-format N")
            {
                Kind = FailureKind.Usage,
            };
        }
        var kept = BundlesOf(@new);
        WriteGroups(kept);
        var report = _content.Build(options with { Version = @new, Previous = mix.State.Previous, Format = newFormat, MinVersion = @new, Increment = false }, cancellation);
        mix.MixBundles = kept;
        mix.Change(new MixState(newFormat, @new));
        mix.MixVersion = @new;
        return report;
    }

    private void CheckFormat(int newFormat)
    {
        if (newFormat <= mix.State.Format || newFormat > ushort.MaxValue)
        {
            throw new SlipwayException($"go to format {newFormat}", $"the format is {mix.State.Format} now, and devices only go up", $"--new-format {mix.State.Format + 1}")
            {
                Kind = FailureKind.Usage,
            };
        }
    }

    private void RequireContent(uint version, string remedy)
    {
        if (!File.Exists(Path.Combine(mix.ContentOf(version), "Manifest.MoM")))
            throw new SlipwayException($"go on from version {version}", "it has no update content", remedy) { Kind = FailureKind.Usage };
    }

    private List<string> Deprecated()
    {
        var all = _bundles.Catalog().Close(mix.MixBundles, mix.MixBundlesFile).Bundles;
        if (all.First(b => b.Name == BundleDefinition.Core) is { Header.IsDeprecated: true } core)
            throw new ConfigException([new ConfigError(core.File, 1, "os-core cannot be deprecated: every device has it", "Change its status")]);
        return [.. all.Where(b => b.Header.IsDeprecated).Select(b => b.Name)];
    }

    private IReadOnlyList<string> BundlesOf(uint version) =>
        [.. (ImageRecord.Read(mix.ImageOf(version)) ?? throw new SlipwayException($"read {mix.ImageOf(version)}", "it does not say which bundles it has", "slipway mix build format-bump old --new-format N")).Select(b => b.Name)];

    /// <summary>As `cp -al`: both versions have the same files, those of X+10 being names of those of X+20.</summary>
    private void ShareImage(uint from, uint to)
    {
        using var state = RootedTree.Open(mix.Image);
        var partial = BytePath.From($".{to}.partial");
        state.RemoveTree(partial);
        using (var source = RootedTree.Open(mix.ImageOf(from)))
        {
            state.MakeDirectory(partial, 0x1ed);
            var entries = source.Walk().Where(e => !e.Path.IsEmpty).ToList();
            foreach (var (path, stat) in entries)
                Share(state, source, BytePath.From(MixWorkspace.Text(from)).Join(path), path, partial.Join(path), stat);
            foreach (var (path, stat) in entries.Where(e => e.Stat.Type == NodeType.Directory))
            {
                state.Chown(partial.Join(path), stat.Uid, stat.Gid);
                state.Chmod(partial.Join(path), stat.Permissions);
            }
        }
        state.RemoveTree(BytePath.From(MixWorkspace.Text(to)));
        state.Rename(partial, BytePath.From(MixWorkspace.Text(to)));
    }

    private static void Share(RootedTree state, RootedTree source, BytePath existing, BytePath path, BytePath into, FileStat stat)
    {
        switch (stat.Type)
        {
            case NodeType.Directory:
                state.MakeDirectory(into, 0x1ed);
                break;
            case NodeType.Symlink:
                state.MakeSymlink(into, source.ReadLink(path));
                state.Chown(into, stat.Uid, stat.Gid);
                break;
            default:
                state.MakeHardLink(existing, into);
                break;
        }
    }

    // Clause 1.7 takes a bundle without bundle-info from its chroot: an empty one deletes all it had.
    private void AddEmpty(uint version, IEnumerable<string> bundles)
    {
        foreach (var bundle in bundles)
            Directory.CreateDirectory(Path.Combine(mix.ImageOf(version), bundle));
    }

    private void WriteGroups(IEnumerable<string> bundles) => AtomicFile.WriteText(
        Path.Combine(mix.Config.StateDirectory, "groups.ini"),
        string.Concat(bundles.Order(StringComparer.Ordinal).Select(b => string.Create(CultureInfo.InvariantCulture, $"[{b}]\ngroup={b}\n\n"))));
}

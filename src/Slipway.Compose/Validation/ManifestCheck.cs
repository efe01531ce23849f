using Slipway.Compose.Bundles;
using Slipway.Compose.Payloads;
using Slipway.Compose.Workspace;
using Slipway.Content;

namespace Slipway.Compose.Validation;

/// <summary>How many files of a bundle changed between two versions.</summary>
public sealed record BundleChanges(string Bundle, int Added, int Modified, int Deleted)
{
    public override string ToString() => $"{Added} added, {Modified} modified, {Deleted} deleted";
}

/// <summary>What a comparison of packages and manifests found.</summary>
/// <param name="Errors">Each a change that one side has and the other has not.</param>
/// <param name="Warnings">What is allowed and worth a look.</param>
/// <param name="IsMinversionBump">Files have the hash of before under a new version.</param>
public sealed record ManifestCheckResult(
    uint From, uint To, IReadOnlyList<string> Errors, IReadOnlyList<string> Warnings, IReadOnlyList<BundleChanges> Bundles, bool IsMinversionBump);

/// <summary>
/// `mix build validate` (format clause 2.9): what changed in the packages of a bundle between two versions must be what changed in its
/// manifest, both ways.
/// </summary>
public sealed class ManifestCheck(MixWorkspace mix)
{
    private const int MostErrors = 1000;

    private static readonly string[] s_stamps = ["usr/lib/os-release", "usr/share/clear/version", "usr/share/clear/versionstamp"];
    private const string FormatFile = "usr/share/defaults/swupd/format";

    private readonly ContentStore _store = new(Path.Combine(mix.Cache, "store"));
    private readonly List<string> _errors = [];
    private readonly List<string> _warnings = [];
    private readonly List<BundleChanges> _changes = [];

    public ManifestCheckResult Run(uint from, uint to)
    {
        if (from >= to)
            throw new SlipwayException($"validate version {to} against {from}", "the second is not the newer one", "--from OLD --to NEW") { Kind = FailureKind.Usage };
        var payloads = new PayloadStore(Path.Combine(mix.Cache, "payloads"), _store);
        var old = new CheckedVersion(mix, payloads, from);
        var @new = new CheckedVersion(mix, payloads, to);
        foreach (var bundle in old.Bundles.Union(@new.Bundles).Where(b => b != "os-core-update-index").Order(StringComparer.Ordinal))
            Compare(bundle, old, @new);
        CheckStamps(old, @new);
        return new ManifestCheckResult(from, to, _errors, _warnings, _changes, IsLifted(old, @new));
    }

    private void Compare(string bundle, CheckedVersion old, CheckedVersion @new)
    {
        var packages = Differences(old.FromPackages(bundle), @new.FromPackages(bundle), (a, b) => a == b);
        var manifests = Differences(old.FromManifest(bundle), @new.FromManifest(bundle), (a, b) => a.Hash == b.Hash);
        var hasContent = old.HasContent(bundle) || @new.HasContent(bundle);
        foreach (var (path, change) in packages)
        {
            if (!manifests.TryGetValue(path, out var seen))
                Fail($"{bundle}: /{path} was {Word(change)} by a package and is not so in the manifest");
            else if (seen != change)
                Fail($"{bundle}: /{path} was {Word(change)} by a package and {Word(seen)} in the manifest");
        }
        foreach (var (path, change) in manifests)
        {
            if (packages.ContainsKey(path) || IsMade(path))
                continue;
            if (hasContent)
                _warnings.Add($"{bundle}: /{path} was {Word(change)} in the manifest by no package; the bundle has content() lines");
            else
                Fail($"{bundle}: /{path} was {Word(change)} in the manifest and by no package");
        }
        if (manifests.Count > 0)
            _changes.Add(new BundleChanges(bundle, manifests.Values.Count(c => c == Change.Added), manifests.Values.Count(c => c == Change.Modified), manifests.Values.Count(c => c == Change.Deleted)));
    }

    private enum Change
    {
        Added,
        Modified,
        Deleted,
    }

    private static string Word(Change change) => change.ToString().ToLowerInvariant();

    private static SortedDictionary<BytePath, Change> Differences<T>(IReadOnlyDictionary<BytePath, T> old, IReadOnlyDictionary<BytePath, T> @new, Func<T, T, bool> same)
    {
        var found = new SortedDictionary<BytePath, Change>();
        foreach (var (path, value) in @new)
        {
            if (!old.TryGetValue(path, out var before))
                found[path] = Change.Added;
            else if (!same(before, value))
                found[path] = Change.Modified;
        }
        foreach (var path in old.Keys.Where(p => !@new.ContainsKey(p)))
            found[path] = Change.Deleted;
        return found;
    }

    /// <summary>What no package brings: the stamps of a version, tracking files, and what tells a device where its updates are.</summary>
    private static bool IsMade(BytePath path) =>
        s_stamps.Contains(path.ToString()) || OsIdentity.IsForUpdates(path) || path.IsBelow(BytePath.From("usr/share/clear/bundles"));

    private void CheckStamps(CheckedVersion old, CheckedVersion @new)
    {
        var (before, after) = (old.FromManifest(BundleDefinition.Core), @new.FromManifest(BundleDefinition.Core));
        // The two halves of a change of format have the same content.
        var isPair = @new.Version == old.Version + 10 && @new.Format != old.Format;
        foreach (var stamp in s_stamps.Select(BytePath.From))
        {
            if (!after.TryGetValue(stamp, out var now))
                Fail($"{BundleDefinition.Core}: /{stamp} is missing");
            else if (before.TryGetValue(stamp, out var then) && then.Hash == now.Hash)
                Note(isPair, $"{BundleDefinition.Core}: /{stamp} is the same as in version {old.Version}");
        }
        if (old.Format == @new.Format && !@new.IsBeforeFormatChange)
            return;
        var path = BytePath.From(FormatFile);
        var holder = @new.Bundles.Contains(mix.Config.UpdateBundle) ? mix.Config.UpdateBundle : BundleDefinition.Core;
        if (!@new.FromManifest(holder).TryGetValue(path, out var format))
            Fail($"{holder}: /{path} is missing, and the format changes");
        else if (old.FromManifest(holder).TryGetValue(path, out var last) && last.Hash == format.Hash)
            Note(isPair, $"{holder}: /{path} is the same as in version {old.Version}, and the format changes");
    }

    private void Note(bool isAllowed, string text)
    {
        if (isAllowed)
            _warnings.Add(text);
        else
            Fail(text);
    }

    private void Fail(string text)
    {
        if (_errors.Count < MostErrors)
            _errors.Add(text);
    }

    private static bool IsLifted(CheckedVersion old, CheckedVersion @new) => @new.Bundles.Any(b =>
    {
        var before = old.FromManifest(b);
        return @new.FromManifest(b).Any(r => before.TryGetValue(r.Key, out var then) && then.Hash == r.Value.Hash && then.Version != r.Value.Version);
    });
}

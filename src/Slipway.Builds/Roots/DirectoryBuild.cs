using System.Globalization;
using System.Text;
using Slipway.Builds.Kiwi;
using Slipway.Content;
using Slipway.Messages;
using Slipway.Packages;
using Slipway.Sandbox;
using Slipway.State;

namespace Slipway.Builds.Roots;

/// <summary>What to build where no service is asked.</summary>
public sealed record DirectoryBuildOptions
{
    /// <summary>The package directory.</summary>
    public required string Directory { get; init; }

    /// <summary>Name of a dist (its file is looked for in `dists` of the directory and of those above it, then the profile in the package's own .cb/build_root.kiwi), or a dist file. Unset: an image is built.</summary>
    public string? Dist { get; init; }

    /// <summary>Name of a selection of the directory's `images`. Unset: a package is built, or <see cref="Image"/>.</summary>
    public string? Selection { get; init; }

    /// <summary>The image to make, where no `images` are asked. Unset: what the selection says.</summary>
    public ImageChoice? Image { get; init; }

    /// <summary>Directory that gets packages, log, record and solver.json; made when missing.</summary>
    public required string Results { get; init; }

    /// <summary>Directories of packages of the dist's type, of debs also of published repositories, that the build may use. Unset: none.</summary>
    public IReadOnlyList<string> Repositories { get; init; } = [];

    /// <summary>Time in seconds since 1970 that takes the place of now. Unset: that of the directory's last commit, else now.</summary>
    public long? SourceDateEpoch { get; init; }

    /// <summary>Open a shell in the root after a failure. Unset: no.</summary>
    public bool Shell { get; init; }

    /// <summary>Leave the root. Unset: it goes.</summary>
    public bool Keep { get; init; }

    /// <summary>Fetch nothing. Unset: what is missing is fetched.</summary>
    public bool Offline { get; init; }
}

/// <summary>How a build of a directory ended.</summary>
/// <param name="Root">The root that was left, when it was to be kept.</param>
public sealed record DirectoryBuildOutcome(BuildOutcome Build, string? Root);

/// <summary>Builds a package directory here and now: the runner's build, without a service.</summary>
public sealed class DirectoryBuild(DataDirectory data, TimeProvider clock, HttpClient http)
{
    private const int MaxDistBytes = 1 << 20;

    // Beside a root that was to be kept.
    private const string KeptMark = "kept";

    private readonly ContentStore _store = new(data.Store);

    /// <param name="options">What to build.</param>
    /// <param name="log">The log as it grows.</param>
    /// <param name="cancellation">Kills the build; then throws.</param>
    /// <exception cref="SlipwayException">It cannot be begun: no such dist, no isolation, a source that cannot be had.</exception>
    public async Task<DirectoryBuildOutcome> RunAsync(DirectoryBuildOptions options, Action<ReadOnlyMemory<byte>> log, CancellationToken cancellation)
    {
        var package = Path.GetFullPath(options.Directory);
        if (!Directory.Exists(package))
            throw new SlipwayException($"build {options.Directory}", "there is no such directory", "name a package directory") { Kind = FailureKind.Usage };
        var image = options.Dist is null ? options.Image ?? FindImage(package, options.Selection ?? "") : null;
        var dist = image is null ? FindDist(package, options.Dist!) : Roots.Dist.OfImage(options.Selection ?? "image", Architectures.Machine);
        data.Create();
        var apt = new HostApt(Path.Combine(data.Cache, "apt"), _store, clock);
        var account = SandboxAccount.Ensure();
        RemoveLeftovers(account);
        var work = Path.Combine(Works, $"{Environment.ProcessId}-{Guid.NewGuid():n}");
        var kept = false;
        Directory.CreateDirectory(options.Results);
        await using var file = new FileStream(Path.Combine(options.Results, "build.log"), FileMode.Create, FileAccess.Write, FileShare.Read, bufferSize: 0);
        try
        {
            var inputs = Inputs(options, package, dist, work) with { Image = image };
            Action<ReadOnlyMemory<byte>> both = bytes =>
            {
                file.Write(bytes.Span);
                log(bytes);
            };
            await PlaceSourcesAsync(options.Offline ? null : apt, inputs.SourceDirectory, both, cancellation).ConfigureAwait(false);
            var builder = new PackageBuilder(data, apt, _store, account) { Offline = options.Offline };
            var outcome = await builder.BuildAsync(inputs, both, cancellation).ConfigureAwait(false);
            if (kept = options.Keep)
                AtomicFile.WriteText(Path.Combine(work, KeptMark), "");
            return new(Deliver(outcome, options.Results), kept ? Path.Combine(inputs.WorkDirectory, "root") : null);
        }
        finally
        {
            if (!kept)
                await new BuildSandbox(account).RemoveTreeAsync(work, CancellationToken.None).ConfigureAwait(false);
        }
    }

    private string Works => Path.Combine(data.Cache, "directory-builds");

    private static BuildOutcome Deliver(BuildOutcome outcome, string results)
    {
        AtomicFile.WriteText(Path.Combine(results, "solver.json"), outcome.SolverJson);
        if (outcome.Record is { } record)
            AtomicFile.WriteText(Path.Combine(results, "record.json"), record.ToJson());
        using var into = RootedTree.Open(results);
        foreach (var made in outcome.ResultFiles)
        {
            using var content = File.OpenRead(made);
            into.WriteFile(BytePath.From(Path.GetFileName(made)), content, 0x1a4, sync: true);
        }
        return outcome with { ResultFiles = [.. outcome.ResultFiles.Select(f => Path.Combine(results, Path.GetFileName(f)))] };
    }

    private BuildInputs Inputs(DirectoryBuildOptions options, string package, Dist dist, string work)
    {
        var name = NameOf(package);
        var source = Path.Combine(work, "source", name);
        Copy(package, source, Path.GetFullPath(options.Results));
        var (commit, time) = Head(package);
        return new()
        {
            BuildId = 0,
            Attempt = 1,
            SourceDirectory = source,
            PackageName = name,
            Dist = dist,
            Architecture = dist.Architecture,
            Commit = commit,
            SourceDateEpoch = options.SourceDateEpoch ?? time ?? clock.GetUtcNow().ToUnixTimeSeconds(),
            ProjectRepositories = [.. options.Repositories.Select(Path.GetFullPath)],
            CompilerCache = Path.Combine(data.Cache, "ccache", Digest.Of(Encoding.UTF8.GetBytes($"{package} {dist.Name}")).ToString()),
            WorkDirectory = Path.Combine(work, "build"),
            KeepRoot = options.Keep,
            ShellOnFailure = options.Shell,
            // Real limits take root; an ordinary user's own build may do with less, and its record says so.
            AcceptWeakLimits = !Environment.IsPrivilegedProcess,
        };
    }

    private async Task PlaceSourcesAsync(HostApt? apt, string source, Action<ReadOnlyMemory<byte>> log, CancellationToken cancellation)
    {
        using var fetch = new SourceFetch(_store, apt, http, Path.Combine(data.Cache, "sources"));
        try
        {
            await fetch.PlaceAsync(source, line => log(Encoding.UTF8.GetBytes($"slipway: {line}\n")), cancellation).ConfigureAwait(false);
        }
        catch (SourceException failure)
        {
            throw new SlipwayException("get the sources of the package", failure.Message, apt is null ? "build once without --offline" : "correct the line in `sources`")
            {
                Kind = failure.Infrastructure ? FailureKind.Unreachable : FailureKind.Usage,
            };
        }
    }

    private static Dist FindDist(string package, string dist)
    {
        if (dist.EndsWith(".yml", StringComparison.Ordinal))
            return KiwiRoot(package, ReadDist(dist));
        for (var at = package; at is not null; at = Path.GetDirectoryName(at))
        {
            var file = Path.Combine(at, "dists", dist + ".yml");
            if (File.Exists(file))
                return KiwiRoot(package, ReadDist(file));
        }
        if (File.Exists(Path.Combine(package, KiwiDist.File)))
            return Described(() => KiwiDist.Of(package, dist, Architectures.Machine));
        throw new SlipwayException($"build for {dist}", $"neither {package} nor a directory above it has dists/{dist}.yml, and it has no {KiwiDist.File}", "name a dist of this source repository, or the path of a dist file") { Kind = FailureKind.Usage };
    }

    private static Dist KiwiRoot(string package, Dist dist) => dist.Root.From == "kiwi" ? Described(() => KiwiDist.Of(package, dist.Name, dist.Architecture, dist)) : dist;

    private static T Described<T>(Func<T> read)
    {
        try
        {
            return read();
        }
        catch (RecipeException refused)
        {
            throw new SlipwayException("read what the package says of its root", refused.Message) { Kind = FailureKind.Usage };
        }
    }

    private static ImageChoice FindImage(string package, string selection)
    {
        var file = Path.Combine(package, ".cb", "cloud_builder.yml");
        var images = (File.Exists(file) ? ProjectMetadata.Read(File.ReadAllBytes(file), out _)?.Images : null) ?? [];
        var found = images.FirstOrDefault(i => i.Selection == selection && i.Arch == Architectures.Machine)
            ?? throw new SlipwayException($"build the image {selection}", $"{file} has no such selection for {Architectures.Machine}; it has {(images.Count == 0 ? "none" : string.Join(", ", images.Select(i => $"{i.Selection}.{i.Arch}")))}", "name one of its `images`") { Kind = FailureKind.Usage };
        return new(found.Profiles, found.BuildArguments);
    }

    private static Dist ReadDist(string file) => new FileInfo(file) is { Exists: true, Length: < MaxDistBytes }
        ? Dist.Parse(DistText.Whole(Path.GetFileNameWithoutExtension(file), name => TextBeside(file, name))!, file)
        : throw new SlipwayException($"read {file}", "it is missing or too long", "name a dist file") { Kind = FailureKind.Usage };

    private static string? TextBeside(string file, string name) =>
        Path.Combine(Path.GetDirectoryName(Path.GetFullPath(file))!, name + ".yml") is var other && new FileInfo(other) is { Exists: true, Length: < MaxDistBytes } ? File.ReadAllText(other) : null;

    private static string NameOf(string package)
    {
        var metadata = Path.Combine(package, ".cb", "cloud_builder.yml");
        return (File.Exists(metadata) ? ProjectMetadata.Read(File.ReadAllBytes(metadata), out _)?.Name : null) ?? Path.GetFileName(package);
    }

    // The results of an earlier build may lie in the directory; they are not its sources.
    private static void Copy(string package, string into, string results)
    {
        Directory.CreateDirectory(into);
        using var from = RootedTree.Open(package);
        using var to = RootedTree.Open(into);
        var left = results.StartsWith(package + "/", StringComparison.Ordinal) ? results[(package.Length + 1)..] : null;
        to.CopySources(from, path => IsBelow(path.ToString(), ".git") || (left is not null && IsBelow(path.ToString(), left)));
    }

    private static bool IsBelow(string path, string directory) => path == directory || path.StartsWith(directory + "/", StringComparison.Ordinal);

    private static (string? Commit, long? Time) Head(string package)
    {
        for (var at = package; at is not null; at = Path.GetDirectoryName(at))
        {
            if (!Path.Exists(Path.Combine(at, ".git")))
                continue;
            var git = new Git(at);
            return git.Head() is { } head ? (head, git.Log(null, head, atMost: 1)[0].Committed.ToUnixTimeSeconds()) : (null, null);
        }
        return (null, null);
    }

    private void RemoveLeftovers(SandboxAccount account)
    {
        var sandbox = new BuildSandbox(account);
        foreach (var work in Directory.Exists(Works) ? Directory.GetDirectories(Works) : [])
        {
            var owner = Path.GetFileName(work).Split('-')[0];
            if (int.TryParse(owner, CultureInfo.InvariantCulture, out _) && !Directory.Exists("/proc/" + owner) && !File.Exists(Path.Combine(work, KeptMark)))
                sandbox.RemoveTreeAsync(work).GetAwaiter().GetResult();
        }
    }
}

using System.Diagnostics;
using System.Text;
using System.Text.Json;
using Slipway.Builds.Recipes;
using Slipway.Content;
using Slipway.Packages;
using Slipway.Sandbox;

namespace Slipway.Builds.Roots;

/// <summary>One attempt from sources to packages.</summary>
internal sealed class BuildRun(BuildInputs inputs, BuildSandbox sandbox, LayerMaker maker, ContentStore store, Func<CancellationToken, RootResolver> openResolver, BuildLog log)
{
    private const int MaxQueryOutput = 4 << 20;

    private static readonly string[] ToolPackages = ["gcc", "g++", "binutils", "make", "dpkg-dev", "debhelper", "rpm", "makepkg", "pacman-package-manager", "ccache", "libc6-dev"];

    // COMMAND: its output, or, when it fails, what it had to say.
    private const string QueryScript = """
        "$@" 2>/tmp/errors || { code=$?; cat /tmp/errors; exit $code; }
        """;

    private const string HandOverScript = """
        set -e
        mkdir -p /build/out
        chown -hR 1000:1000 /build
        """;

    // A terminal of its own where there is one to show it on: without, the shell could not even be interrupted.
    private const string ShellScript = """
        cd /build
        if [ -t 0 ]; then exec script -q -e -c 'sh -i' /dev/null; fi
        exec sh
        """;

    private readonly PackageRecipe _recipe = PackageRecipe.Of(inputs.Dist.Type);
    private readonly long _started = Stopwatch.GetTimestamp();
    private TimeSpan _prepare;
    private string _solverJson = "{}\n";
    private readonly DateTimeOffset _begin = TimeProvider.System.GetUtcNow();
    private SandboxResult? _build;
    private IReadOnlyDictionary<string, string> _environment = new Dictionary<string, string>();
    private RootPlan? _plan;

    private string Root => Path.Combine(inputs.WorkDirectory, "root");

    private string? Cache => inputs.Dist.CompilerCache ? inputs.CompilerCache : null;

    private string Results => Path.Combine(inputs.WorkDirectory, "results");

    internal async Task<BuildOutcome> RunAsync(CancellationToken cancellation)
    {
        try
        {
            await CleanAsync().ConfigureAwait(false);
            var layers = await PrepareAsync(cancellation).ConfigureAwait(false);
            _prepare = Stopwatch.GetElapsedTime(_started);
            var run = _recipe.Build(Context(layers.Base, cancellation));
            log.Phase($"build: root ready after {_prepare.TotalSeconds:F2} s; limits {PackageRecipe.Describe(inputs.Dist.Limits)}");
            var spec = Spec(run.Command, layers.Full) with { WorkingDirectory = run.WorkingDirectory, Environment = run.Environment };
            _environment = run.Environment;
            _build = await sandbox.RunAsync(spec, log.Write, cancellation).ConfigureAwait(false);
            if (inputs.ShellOnFailure && _build is { Started: true, Succeeded: false })
                await OpenShellAsync(spec, cancellation).ConfigureAwait(false);
            return Finish();
        }
        catch (RecipeException refused)
        {
            return Outcome(refused.Message, infrastructure: false, []);
        }
        catch (Exception failure) when (failure is SlipwayException or TreeException or IOException or UnauthorizedAccessException)
        {
            return Outcome(failure.Message, infrastructure: true, []);
        }
    }

    /// <summary>Deletes the root's upper directory; results stay.</summary>
    internal Task CleanAsync() => sandbox.RemoveTreeAsync(Root, CancellationToken.None);

    private async Task<(IReadOnlyList<string> Base, IReadOnlyList<string> Full)> PrepareAsync(CancellationToken cancellation)
    {
        if (inputs.Architecture != inputs.Dist.Architecture)
            throw new RecipeException($"dist {inputs.Dist.Name} is for {inputs.Dist.Architecture}, not for {inputs.Architecture}");
        log.Say($"building {inputs.PackageName} for {inputs.Dist.Name}.{inputs.Architecture} (build {inputs.BuildId}, attempt {inputs.Attempt})");
        log.Phase("resolve");
        using var resolver = await Task.Run(() => openResolver(cancellation), cancellation).ConfigureAwait(false);
        var tools = inputs.Dist.CompilerCache ? [.. _recipe.Tools, "ccache"] : _recipe.Tools;
        var basePlan = resolver.Base(inputs.Dist, tools);
        var baseLayers = await maker.GetAsync(basePlan, log.Say, cancellation).ConfigureAwait(false);
        CopySources();
        // Only root may give files to another user directly.
        if (!sandbox.Account.IsSeparate)
            Check(await sandbox.RunAsync(Spec(["sh", "-c", HandOverScript], baseLayers) with { User = SandboxUser.NamespaceRoot }, log.Write, cancellation).ConfigureAwait(false));
        var needs = await _recipe.BuildDependenciesAsync(Context(baseLayers, cancellation)).ConfigureAwait(false);
        log.Say($"needs {(needs.Count == 0 ? "nothing more than the base" : string.Join(", ", needs))}");
        // A deb's needs are resolved against the project's debs and the dist's in one.
        var own = new ProjectPackages(inputs.Dist.Type, inputs.Architecture, store, inputs.Dist.Type == PackageType.Deb ? []
            : inputs.ProjectPackages.Concat(ProjectPackages.Take(inputs.Dist.Type, store, inputs.ProjectRepositories)));
        var (packages, rest) = own.Choose(needs);
        _plan = resolver.Full(inputs.Dist, tools, [.. rest.SelectMany(n => _recipe.ToDebs(n, resolver.IsKnown)).Distinct()], inputs.PackageName, own);
        log.Phase("root");
        var layers = await maker.GetAsync(_plan, log.Say, cancellation).ConfigureAwait(false);
        var resolved = _plan.Layers[^1].Installed;
        _solverJson = SolverJson.Write(inputs.PackageName, [.. resolved, .. packages.Select(AsResolved)], InstalledPackages.Read(layers[0]));
        if (packages.Count > 0)
            layers = [await maker.AddProjectAsync(_plan, layers, inputs.Dist.Type, [.. packages.Select(p => own[p])], log.Say, cancellation).ConfigureAwait(false), .. layers];
        return (baseLayers, layers);
    }

    private static ResolvedPackage AsResolved(PackageRecord own) => new(own.Name, own.Version, own.Architecture, "project", own.FileName, own.Digest, own.Size, "asked for");

    private async Task OpenShellAsync(SandboxSpec spec, CancellationToken cancellation)
    {
        log.Say($"the recipe failed: {_build!.Ending}; a shell in its root follows");
        await sandbox.RunAsync(spec with { Command = ["sh", "-c", ShellScript], WorkingDirectory = "/build", Interactive = true }, _ => { }, cancellation).ConfigureAwait(false);
    }

    private void CopySources()
    {
        Directory.CreateDirectory(Path.Combine(Root, "upper/build/src"));
        Directory.CreateDirectory(Path.Combine(Root, "upper/build/out"));
        if (Cache is { } cache && !Directory.Exists(cache))
        {
            Directory.CreateDirectory(cache);
            // What a build leaves in it must not be reachable for anybody on the machine.
            File.SetUnixFileMode(cache, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
            sandbox.Account.GiveOnly(cache, SandboxAccount.Builder);
        }
        sandbox.Account.GiveOnly(Path.Combine(Root, "upper"));
        using var from = RootedTree.Open(inputs.SourceDirectory);
        using var to = RootedTree.Open(Path.Combine(Root, "upper/build/src"));
        foreach (var (path, stat) in from.Walk())
        {
            switch (stat.Type)
            {
                case NodeType.Directory:
                    to.MakeDirectory(path, 0x1ed);
                    break;
                case NodeType.Symlink:
                    to.MakeSymlink(path, from.ReadLink(path));
                    break;
                case NodeType.Regular:
                    using (var content = from.OpenRead(path))
                        to.WriteFile(path, content, (stat.Mode & 0x40) != 0 ? 0x1ed : 0x1a4);
                    break;
                default:
                    throw new RecipeException($"{path} is neither file, directory nor symbolic link");
            }
        }
        sandbox.Account.Give(Path.Combine(Root, "upper/build"), SandboxAccount.Builder);
    }

    private RecipeContext Context(IReadOnlyList<string> layers, CancellationToken cancellation) =>
        new(inputs, run => QueryAsync(run, layers, cancellation));

    private async Task<string> QueryAsync(RecipeRun run, IReadOnlyList<string> layers, CancellationToken cancellation)
    {
        using var output = new MemoryStream();
        var spec = Spec(["sh", "-c", QueryScript, "sh", .. run.Command], layers) with { WorkingDirectory = run.WorkingDirectory, Environment = run.Environment };
        var result = await sandbox.RunAsync(spec with { Limits = spec.Limits with { Wall = TimeSpan.FromMinutes(5) } }, bytes =>
        {
            if (output.Length < MaxQueryOutput)
                output.Write(bytes.Span);
        }, cancellation).ConfigureAwait(false);
        var text = Encoding.UTF8.GetString(output.ToArray());
        if (result.Succeeded && output.Length < MaxQueryOutput)
            return text;
        if (!result.Started)
            Check(result);
        log.Write(output.ToArray());
        throw new RecipeException($"the recipe cannot be read: {run.Command[0]}: {result.Ending}: {text.Trim().Split('\n')[^1]}");
    }

    private SandboxSpec Spec(IReadOnlyList<string> command, IReadOnlyList<string> layers) =>
        new($"build-{inputs.BuildId}-{inputs.Attempt}-{inputs.Dist.Name}", Root, command)
        {
            Layers = layers,
            Mounts = Cache is { } cache ? [new(cache, RecipeContext.CompilerCache, Writable: true)] : [],
            Limits = inputs.Dist.Limits,
            AcceptWeakLimits = inputs.AcceptWeakLimits,
        };

    private static void Check(SandboxResult result)
    {
        if (!result.Succeeded)
            throw new SlipwayException("Cannot prepare the build root", result.Ending, null);
    }

    private BuildOutcome Finish()
    {
        if (!_build!.Started || _build.Reached.Contains(SandboxLimit.MachineDisk))
            return Outcome($"the machine failed the recipe: {_build.Ending}", infrastructure: true, []);
        if (!_build.Succeeded)
            return Outcome($"the recipe failed: {_build.Ending}", infrastructure: false, []);
        log.Phase("collect");
        var files = BuildResults.Sound(BuildResults.Collect(Path.Combine(Root, "upper"), "build/out", Results, _recipe.IsResult), inputs.Dist.Type);
        log.Say(files.Count == 0 ? "no packages came out" : $"made {string.Join(", ", files.Select(f => Path.GetFileName(f)))} in {_build.Wall.TotalSeconds:F1} s");
        return Outcome(files.Any(f => PackageFile.TypeOf(f) == inputs.Dist.Type) ? null : "the recipe ended well, but made no package", infrastructure: false, files);
    }

    private BuildOutcome Outcome(string? cause, bool infrastructure, IReadOnlyList<string> files)
    {
        if (cause is not null)
            log.Say("failed: " + cause);
        if (_prepare == TimeSpan.Zero)
            _prepare = Stopwatch.GetElapsedTime(_started);
        return new(cause is null, cause, infrastructure, files, _solverJson, _prepare, _build?.Wall ?? TimeSpan.Zero, _build?.PeakMemoryBytes ?? 0, _build?.Enforcement ?? "none")
        {
            Record = Record(cause, files),
        };
    }

    private BuildRecord Record(string? cause, IReadOnlyList<string> files)
    {
        var resolved = _plan?.Layers[^1].Installed.DistinctBy(p => p.Name).ToDictionary(p => p.Name, p => p.Version) ?? [];
        return new()
        {
            Package = inputs.PackageName,
            Dist = inputs.Dist.Name,
            Architecture = inputs.Architecture,
            Build = inputs.BuildId,
            Attempt = inputs.Attempt,
            Commit = inputs.Commit,
            RecipeDigest = BuildRecord.DigestOf(inputs.SourceDirectory),
            Root = _plan?.Layers[^1].Key,
            Resolved = resolved,
            Tools = ToolPackages.Where(resolved.ContainsKey).ToDictionary(n => n, n => resolved[n]),
            Environment = _environment,
            Started = _begin,
            PrepareSeconds = _prepare.TotalSeconds,
            BuildSeconds = _build?.Wall.TotalSeconds ?? 0,
            ProcessorSeconds = _build?.Processor.TotalSeconds ?? 0,
            PeakMemoryBytes = _build?.PeakMemoryBytes ?? 0,
            Limits = _build?.Enforcement ?? "none",
            LimitsReached = [.. (_build?.Reached ?? []).Select(l => JsonNamingPolicy.CamelCase.ConvertName(l.ToString()))],
            LogBytesDropped = log.DroppedBytes,
            Succeeded = cause is null,
            Cause = cause,
            ExitCode = _build is { Started: true, Signal: null } ? _build.ExitCode : null,
            Signal = _build?.Signal,
            Files = [.. files.Select(f => new RecordedFile(Path.GetFileName(f), new FileInfo(f).Length, Digest.OfFile(f).ToString()))],
        };
    }
}

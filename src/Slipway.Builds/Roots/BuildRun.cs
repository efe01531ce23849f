using System.Diagnostics;
using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;
using Slipway.Builds.Kiwi;
using Slipway.Builds.Recipes;
using Slipway.Content;
using Slipway.Packages;
using Slipway.Sandbox;

namespace Slipway.Builds.Roots;

/// <summary>One attempt from sources to packages.</summary>
internal sealed partial class BuildRun(BuildInputs inputs, BuildSandbox sandbox, LayerMaker maker, ContentStore store, ImagePackages images, Func<CancellationToken, Task<RootResolver>> openResolver, BuildLog log)
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

    // Lays a package's own files over its root, as root of it; what leads elsewhere by a link in the root still does.
    private const string OverlayScript = """
        set -e
        tar -C "/build/src/$1" --owner=0 --group=0 -cf - . | tar -C / --keep-directory-symlink --no-overwrite-dir -xpf -
        """;

    // A terminal of its own where there is one to show it on: without, the shell could not even be interrupted.
    private const string ShellScript = """
        cd /build
        if [ -t 0 ]; then exec script -q -e -c 'sh -i' /dev/null; fi
        exec sh
        """;

    private readonly PackageRecipe _recipe = PackageRecipe.Of(inputs);
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
            var spec = Spec(run.Command, layers.Full) with { WorkingDirectory = run.WorkingDirectory, Environment = run.Environment, User = _recipe.User };
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
        catch (SlipwayException refused) when (refused.Kind == FailureKind.Usage)
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
        CheckArchitecture();
        log.Say($"building {inputs.PackageName} for {inputs.Dist.Name}.{inputs.Architecture} (build {inputs.BuildId}, attempt {inputs.Attempt})");
        // What cannot be made is said before anything is fetched for it.
        (_recipe as ImageRecipe)?.Select();
        log.Phase("resolve");
        using var resolver = await openResolver(cancellation).ConfigureAwait(false);
        // Tools go by Debian's names; other roots have theirs in their base.
        IReadOnlyList<string> tools = resolver.Type != PackageType.Deb ? [] : inputs.Dist.CompilerCache ? [.. _recipe.Tools, "ccache"] : _recipe.Tools;
        var basePlan = resolver.Base(inputs.Dist, tools);
        var baseLayers = await maker.GetAsync(basePlan, log.Say, cancellation).ConfigureAwait(false);
        CopySources();
        if (_recipe is ImageRecipe image)
            await ProvideImageAsync(image, cancellation).ConfigureAwait(false);
        await FinishSourcesAsync(baseLayers, cancellation).ConfigureAwait(false);
        var needs = await _recipe.BuildDependenciesAsync(Context(baseLayers, cancellation)).ConfigureAwait(false);
        if (_recipe is ImageRecipe)
        {
            _plan = basePlan;
            return (baseLayers, baseLayers);
        }
        log.Say($"needs {(needs.Count == 0 ? "nothing more than the base" : string.Join(", ", needs))}");
        // Where root and result are of one type, the project's packages and the dist's are resolved in one.
        var own = new ProjectPackages(inputs.Dist.Type, inputs.Architecture, store, resolver.Type == inputs.Dist.Type ? []
            : inputs.ProjectPackages.Concat(ProjectPackages.Take(inputs.Dist.Type, store, inputs.ProjectRepositories)));
        var (packages, rest) = own.Choose(needs);
        _plan = resolver.Full(inputs.Dist, tools, resolver.Type == PackageType.Deb ? [.. rest.SelectMany(n => _recipe.ToDebs(n, resolver.IsKnown)).Distinct()] : rest, inputs.PackageName, own);
        log.Phase("root");
        var layers = await maker.GetAsync(_plan, log.Say, cancellation).ConfigureAwait(false);
        var resolved = _plan.Layers[^1].Installed;
        _solverJson = SolverJson.Write(inputs.PackageName, [.. resolved, .. packages.Select(AsResolved)]);
        if (packages.Count > 0)
            layers = [await maker.AddProjectAsync(_plan, layers, inputs.Dist.Type, [.. packages.Select(p => own[p])], log.Say, cancellation).ConfigureAwait(false), .. layers];
        return (baseLayers, layers);
    }

    private void CheckArchitecture()
    {
        if (inputs.Architecture != inputs.Dist.Architecture)
            throw new RecipeException($"dist {inputs.Dist.Name} is for {inputs.Dist.Architecture}, not for {inputs.Architecture}");
        if (Architectures.WhyNot(inputs.Architecture) is { } why)
            throw new RecipeException($"{inputs.PackageName} cannot be built for {inputs.Architecture}: {why}");
    }

    private async Task ProvideImageAsync(ImageRecipe image, CancellationToken cancellation)
    {
        var build = Path.Combine(Root, "upper/build");
        var chosen = await images.ProvideAsync(image, inputs, build, cancellation).ConfigureAwait(false);
        log.Say($"the image is made of {chosen.Count} packages");
        _solverJson = SolverJson.Write(KiwiDescription.Find(inputs.SourceDirectory).Name, chosen);
        sandbox.Account.Give(build);
    }

    private async Task FinishSourcesAsync(IReadOnlyList<string> layers, CancellationToken cancellation)
    {
        // Only root may give files to another user directly.
        if (!sandbox.Account.IsSeparate)
            Check(await sandbox.RunAsync(Spec(["sh", "-c", HandOverScript], layers) with { User = SandboxUser.NamespaceRoot }, log.Write, cancellation).ConfigureAwait(false));
        if (inputs.Dist.Root.From == "kiwi" && Directory.Exists(Path.Combine(inputs.SourceDirectory, KiwiDist.Overlay)))
            Check(await sandbox.RunAsync(Spec(["sh", "-c", OverlayScript, "sh", KiwiDist.Overlay], layers) with { User = SandboxUser.NamespaceRoot }, log.Write, cancellation).ConfigureAwait(false));
    }

    private static ResolvedPackage AsResolved(PackageRecord own) => new(own.Name, own.Version, own.Architecture, "project", own.FileName, own.Digest, own.Size, "asked for") { InstalledSize = own.InstalledSize };

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
        to.CopySources(from);
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
        new($"build-{inputs.BuildId}-{inputs.Attempt}-{Strange().Replace(inputs.Dist.Name, "_")}", Root, command)
        {
            Layers = layers,
            Mounts = Cache is { } cache ? [new(cache, RecipeContext.CompilerCache, Writable: true)] : [],
            Limits = inputs.Dist.Limits,
            AcceptWeakLimits = inputs.AcceptWeakLimits,
            ForeignPrograms = Architectures.Registration(inputs.Architecture),
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

    // The selection of an image may have any name.
    [GeneratedRegex("[^A-Za-z0-9._-]|(?<=^.{40}).*")]
    private static partial Regex Strange();
}

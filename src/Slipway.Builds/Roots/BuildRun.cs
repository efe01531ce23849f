using System.Diagnostics;
using System.Text;
using Slipway.Builds.Recipes;
using Slipway.Content;
using Slipway.Sandbox;

namespace Slipway.Builds.Roots;

/// <summary>One attempt from sources to packages.</summary>
internal sealed class BuildRun(BuildInputs inputs, BuildSandbox sandbox, LayerMaker maker, Func<CancellationToken, RootResolver> openResolver, BuildLog log)
{
    private const int MaxQueryOutput = 4 << 20;

    // COMMAND: its output, or, when it fails, what it had to say.
    private const string QueryScript = """
        "$@" 2>/tmp/errors || { code=$?; cat /tmp/errors; exit $code; }
        """;

    private const string HandOverScript = """
        set -e
        mkdir -p /build/out
        chown -hR 1000:1000 /build
        """;

    private readonly PackageRecipe _recipe = PackageRecipe.Of(inputs.Dist.Type);
    private readonly long _started = Stopwatch.GetTimestamp();
    private TimeSpan _prepare;
    private string _solverJson = "{}\n";
    private SandboxResult? _build;

    private string Root => Path.Combine(inputs.WorkDirectory, "root");

    private string Results => Path.Combine(inputs.WorkDirectory, "results");

    internal async Task<BuildOutcome> RunAsync(CancellationToken cancellation)
    {
        try
        {
            await CleanAsync().ConfigureAwait(false);
            var layers = await PrepareAsync(cancellation).ConfigureAwait(false);
            _prepare = Stopwatch.GetElapsedTime(_started);
            var run = _recipe.Build(Context(layers.Base, cancellation));
            log.Say($"root ready after {_prepare.TotalSeconds:F1} s; limits {PackageRecipe.Describe(inputs.Dist.Limits)}; running {string.Join(' ', run.Command.Take(2))}");
            _build = await sandbox.RunAsync(Spec(run.Command, layers.Full) with { WorkingDirectory = run.WorkingDirectory, Environment = run.Environment },
                log.Write, cancellation).ConfigureAwait(false);
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
        using var resolver = await Task.Run(() => openResolver(cancellation), cancellation).ConfigureAwait(false);
        var basePlan = resolver.Base(inputs.Dist, _recipe.Tools);
        var baseLayers = await maker.GetAsync(basePlan, log.Say, cancellation).ConfigureAwait(false);
        CopySources();
        Check(await sandbox.RunAsync(Spec(["sh", "-c", HandOverScript], baseLayers) with { User = SandboxUser.NamespaceRoot }, log.Write, cancellation).ConfigureAwait(false));
        var needs = await _recipe.BuildDependenciesAsync(Context(baseLayers, cancellation)).ConfigureAwait(false);
        var plan = resolver.Full(inputs.Dist, _recipe.Tools, needs, inputs.PackageName);
        log.Say($"needs {(needs.Count == 0 ? "nothing more than the base" : string.Join(", ", needs))}");
        var layers = await maker.GetAsync(plan, log.Say, cancellation).ConfigureAwait(false);
        _solverJson = SolverJson.Write(inputs.PackageName, plan.Layers[^1].Installed, InstalledPackages.Read(layers[0]));
        return (baseLayers, layers);
    }

    private void CopySources()
    {
        Directory.CreateDirectory(Path.Combine(Root, "upper/build/src"));
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
        sandbox.Account.Give(Path.Combine(Root, "upper/build"));
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
        if (!_build!.Started || _build.DiskFull)
            return Outcome($"the machine failed the recipe: {_build.Ending}", infrastructure: true, []);
        if (!_build.Succeeded)
            return Outcome($"the recipe failed: {_build.Ending}", infrastructure: false, []);
        var files = BuildResults.Collect(Path.Combine(Root, "upper/build/out"), Results, _recipe.IsResult);
        log.Say(files.Count == 0 ? "no packages came out" : $"made {string.Join(", ", files.Select(f => Path.GetFileName(f)))} in {_build.Wall.TotalSeconds:F1} s");
        return Outcome(files.Count == 0 ? "the recipe ended well, but made no package" : null, infrastructure: false, files);
    }

    private BuildOutcome Outcome(string? cause, bool infrastructure, IReadOnlyList<string> files)
    {
        if (cause is not null)
            log.Say("failed: " + cause);
        return new(cause is null, cause, infrastructure, files, _solverJson, _prepare > TimeSpan.Zero ? _prepare : Stopwatch.GetElapsedTime(_started),
            _build?.Wall ?? TimeSpan.Zero, _build?.PeakMemoryBytes ?? 0, _build?.Limits ?? "none");
    }
}

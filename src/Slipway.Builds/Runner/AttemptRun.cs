using System.Text;
using Slipway.Builds.Kiwi;
using Slipway.Builds.Roots;
using Slipway.Content;
using Slipway.Messages;
using Slipway.Packages;
using Slipway.State;

namespace Slipway.Builds;

/// <summary>Builds a package in a build root; the package builder is the real one.</summary>
public delegate Task<BuildOutcome> PackageBuild(BuildInputs inputs, Action<ReadOnlyMemory<byte>> log, CancellationToken cancellation);

/// <summary>What a project has published for a dist: apt repositories by their directories, packages of the other types one by one.</summary>
public sealed record ProjectContent(IReadOnlyList<string> Repositories, IReadOnlyList<ProjectPackage> Packages);

/// <summary>One attempt from the lease to its outcome: sources, build, results.</summary>
public sealed class AttemptRun(IRunnerDesk desk, DataDirectory data, ContentStore store, SourceFetch sources, PackageBuild build, Action<string> say)
{
    /// <param name="stop">The runner ends: the build is handed back.</param>
    /// <param name="end">The runner ends, or the build is cancelled: nothing goes on.</param>
    public async Task RunAsync(BuildLease lease, CancellationToken stop, CancellationToken end)
    {
        using var log = new AttemptLog(data, lease.Build, lease.Attempt);
        var work = Path.Combine(data.Build(lease.Build), $"work-{lease.Attempt}");
        log.Say($"build {lease.Build}, attempt {lease.Attempt}: {lease.Package} for {lease.Dist}.{lease.Arch} at commit {lease.Commit}");
        try
        {
            await RunAsync(lease, work, log, end).ConfigureAwait(false);
        }
        catch (LeaseLostException)
        {
            log.Say("the lease is lost; nothing of this attempt counts");
            desk.Stopped(lease);
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested && desk.Renew(lease))
        {
            log.Say("handed back: the runner stops");
            desk.HandBack(lease);
        }
        catch (OperationCanceledException) when (end.IsCancellationRequested)
        {
            log.Say("cancelled");
            desk.Stopped(lease);
        }
        catch (SourceException error)
        {
            Fail(lease, log, new(), error.Message, error.Infrastructure, ResponseCodes.PackageBuildFailed);
        }
        catch (Exception error)
        {
            // Whatever is not the recipe's own failure is the machine's.
            Fail(lease, log, new(), error.Message, infrastructure: true, ResponseCodes.PackageBuildFailed);
        }
        finally
        {
            RemoveTree(work);
        }
    }

    private async Task RunAsync(BuildLease lease, string work, AttemptLog log, CancellationToken end)
    {
        desk.Enter(lease, AttemptState.Preparing);
        RemoveTree(work);
        var source = Path.Combine(work, "source", lease.Name);
        Directory.CreateDirectory(source);
        var project = desk.Provide(lease, work);
        PackageTree.Unpack(store, lease.Tree, source);
        desk.ProvideSources(lease, source);
        await sources.PlaceAsync(source, log.Say, end).ConfigureAwait(false);
        if (!lease.IsImage && lease.Type.Length > 0) ReleaseNumber.Write(source, Enum.Parse<PackageType>(lease.Type, ignoreCase: true), lease.Rebuild, lease.Epoch);
        var inputs = new BuildInputs
        {
            BuildId = lease.Build,
            Attempt = lease.Attempt,
            SourceDirectory = source,
            PackageName = lease.Name,
            Architecture = lease.Arch,
            SourceDateEpoch = lease.Epoch,
            Commit = lease.Commit,
            CompilerCache = Path.Combine(data.Cache, "ccache", Digest.Of(Encoding.UTF8.GetBytes($"{lease.Package} {lease.Dist}")).ToString()),
            Dist = DistOf(lease, source),
            Image = lease.IsImage ? ImageOf(lease, source) : null,
            ProjectRepositories = project.Repositories,
            ProjectPackages = project.Packages,
            WorkDirectory = Path.Combine(work, "build"),
        };
        Directory.CreateDirectory(inputs.WorkDirectory);
        desk.Enter(lease, AttemptState.Building);
        var outcome = await build(inputs, log.Write, end).ConfigureAwait(false);
        end.ThrowIfCancellationRequested();
        Finish(lease, log, outcome);
    }

    private Dist DistOf(BuildLease lease, string source)
    {
        if (lease.IsImage)
            return Dist.OfImage(lease.Dist, lease.Arch);
        var named = lease.DistFile is { } file ? DistFile.Read(store, file, lease.Dist, lease.Arch) : null;
        if (named is { Root.From: not "kiwi" })
            return named;
        if (named is null && !File.Exists(Path.Combine(source, KiwiDist.File)))
            throw new SourceException($"dist `{lease.Dist}` is not defined at commit {lease.Commit}", infrastructure: false);
        return Described(() => KiwiDist.Of(source, lease.Dist, lease.Arch, named));
    }

    private static ImageChoice ImageOf(BuildLease lease, string source)
    {
        var images = ProjectMetadata.Read(File.ReadAllBytes(Path.Combine(source, ".cb", "cloud_builder.yml")), out _)?.Images ?? [];
        var image = images.FirstOrDefault(one => one.Selection == lease.Dist && one.Arch == lease.Arch)
            ?? throw new SourceException($"the selection `{lease.Dist}` for {lease.Arch} is not defined at commit {lease.Commit}", infrastructure: false);
        return new(image.Profiles, image.BuildArguments);
    }

    private static T Described<T>(Func<T> read)
    {
        try
        {
            return read();
        }
        catch (RecipeException refused)
        {
            throw new SourceException(refused.Message, infrastructure: false);
        }
    }

    private void Finish(BuildLease lease, AttemptLog log, BuildOutcome outcome)
    {
        var record = new AttemptRecord(Digest.Of(Encoding.UTF8.GetBytes(outcome.SolverJson)).ToString(), outcome.Limits, outcome.SolverJson, outcome.PeakMemoryBytes, outcome.Prepare, outcome.Build,
            outcome.Succeeded ? 0 : outcome.Record?.ExitCode is { } code and > 0 ? code : 1)
        {
            RecordJson = outcome.Record?.ToJson(),
        };
        if (!outcome.Succeeded)
        {
            var answer = outcome.Build == TimeSpan.Zero ? ResponseCodes.BuildRootSetupFailed : ResponseCodes.PackageBuildFailed;
            Fail(lease, log, record, outcome.Cause ?? "the build failed", outcome.Infrastructure, answer);
            return;
        }
        if (!lease.IsImage)
            desk.RootReady(lease, lease.Dist);
        if (outcome.ResultFiles.Count == 0)
        {
            Fail(lease, log, record with { ExitCode = 1 }, "the build ended well but made no packages", false, ResponseCodes.PackageBuildFailedNoBinaries);
            return;
        }
        desk.Enter(lease, AttemptState.Collecting);
        var results = outcome.ResultFiles.Select(file => new BuildResult(Path.GetFileName(file), store.AddFile(file), new FileInfo(file).Length)).ToList();
        log.Say($"succeeded: {string.Join(", ", results.Select(result => result.Name))}");
        desk.Succeed(lease, record, results);
        say($"build {lease.Build} of {lease.Package} for {lease.Dist}.{lease.Arch} succeeded: prepared in {outcome.Prepare.TotalSeconds:F1} s, built in {outcome.Build.TotalSeconds:F1} s");
    }

    private void Fail(BuildLease lease, AttemptLog log, AttemptRecord record, string cause, bool infrastructure, string code)
    {
        log.Say($"failed: {cause}");
        say($"build {lease.Build} of {lease.Package} for {lease.Dist}.{lease.Arch} failed: {cause}");
        try
        {
            desk.Fail(lease, record with { ExitCode = Math.Max(1, record.ExitCode) }, cause, infrastructure, code);
        }
        catch (LeaseLostException)
        {
            desk.Stopped(lease);
        }
    }

    /// <summary>Deletes the work of attempts whose process was killed. For the start of a runner, when it runs nothing.</summary>
    public void RemoveLeftovers()
    {
        foreach (var build in Directory.EnumerateDirectories(data.Builds))
            foreach (var work in Directory.EnumerateDirectories(build, "work-*"))
                RemoveTree(work);
    }

    private static void RemoveTree(string directory)
    {
        if (!Directory.Exists(directory)) return;
        using (var parent = RootedTree.Open(Path.GetDirectoryName(directory)!))
            parent.RemoveTree(BytePath.From(Path.GetFileName(directory)));
    }
}

using System.Collections.Concurrent;
using System.Text;
using Slipway.Builds.Roots;
using Slipway.Sandbox;

namespace Slipway.Builds.Tests;

/// <summary>
/// Stands for the package build: keeps what it was given and does what the package's <c>behaviour</c> file says. What it
/// gives back is a real deb.
/// </summary>
internal sealed class RecordingBuilds
{
    public ConcurrentQueue<BuildInputs> Started { get; } = new();

    public ConcurrentQueue<string> BaseRepositories { get; } = new();

    /// <summary>Names of packages whose build ended by cancellation.</summary>
    public ConcurrentQueue<string> Cancelled { get; } = new();

    /// <summary>Looks at a build's files while they are there.</summary>
    public Action<BuildInputs>? OnStart { get; set; }

    /// <summary>A build whose behaviour is `wait` ends when this is set.</summary>
    public TaskCompletionSource Go { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public async Task<BuildOutcome> BuildAsync(BuildInputs inputs, Action<ReadOnlyMemory<byte>> log, CancellationToken cancellation)
    {
        OnStart?.Invoke(inputs);
        Started.Enqueue(inputs);
        log(Encoding.UTF8.GetBytes($"building {inputs.PackageName}\n"));
        var file = Path.Combine(inputs.SourceDirectory, "behaviour");
        var behaviour = File.Exists(file) ? File.ReadAllText(file).Trim() : "";
        try
        {
            if (behaviour == "wait") await Go.Task.WaitAsync(cancellation);
            if (behaviour == "hang") await Task.Delay(Timeout.Infinite, cancellation);
        }
        catch (OperationCanceledException)
        {
            Cancelled.Enqueue(inputs.PackageName);
            throw;
        }
        return behaviour switch
        {
            "fail" => Outcome(false, "the recipe failed: make: *** [all] Error 1", false, []),
            "no root" => Outcome(false, "nothing provides libfoo-dev", false, []) with { Build = TimeSpan.Zero },
            "no network" => Outcome(false, "the mirror did not answer", true, []),
            "nothing" => Outcome(true, null, false, []),
            "same" => Outcome(true, null, false, [Deb(inputs, "1.0")]),
            _ => Outcome(true, null, false, [Deb(inputs, $"1.{inputs.BuildId}")]),
        };
    }

    public Task<IReadOnlyList<string>> BaseAsync(Dist dist, DistRepository repository, Action<ReadOnlyMemory<byte>> log, CancellationToken cancellation)
    {
        BaseRepositories.Enqueue($"{repository.Name}/{dist.Name}");
        return Task.FromResult<IReadOnlyList<string>>([]);
    }

    private static BuildOutcome Outcome(bool succeeded, string? cause, bool infrastructure, IReadOnlyList<string> files) =>
        new(succeeded, cause, infrastructure, files, "{}", TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(2), 1 << 20, "cgroup v1");

    private static string Deb(BuildInputs inputs, string version)
    {
        var tree = Path.Combine(inputs.WorkDirectory, "deb");
        Directory.CreateDirectory(Path.Combine(tree, "DEBIAN"));
        File.WriteAllText(Path.Combine(tree, "DEBIAN/control"),
            $"Package: {inputs.PackageName}\nVersion: {version}\nArchitecture: amd64\nMaintainer: Tests <tests@example.org>\nDescription: {inputs.PackageName}\n");
        var file = Path.Combine(inputs.WorkDirectory, $"{inputs.PackageName}_{version}_amd64.deb");
        ChildProcess.Run(new ChildCommand("dpkg-deb", ["--root-owner-group", "-b", tree, file])).Require("dpkg-deb");
        return file;
    }
}

using System.Text;
using Slipway.Builds.Roots;

namespace Slipway.Server.Tests;

/// <summary>Makes a real deb with dpkg-deb, outside of any sandbox, and waits in the middle of it until it is told to go on.</summary>
internal sealed class GatedBuilder
{
    private TaskCompletionSource _gate = Opened();

    public void Close() => _gate = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);

    public void Open() => _gate.TrySetResult();

    public async Task<BuildOutcome> BuildAsync(BuildInputs inputs, Action<ReadOnlyMemory<byte>> log, CancellationToken cancellation)
    {
        log(Encoding.UTF8.GetBytes($"first line of build {inputs.BuildId}\n"));
        await _gate.Task.WaitAsync(cancellation);
        var changelog = await File.ReadAllTextAsync(Path.Combine(inputs.SourceDirectory, "debian/changelog"), cancellation);
        log("last line\n"u8.ToArray());
        if (changelog.Contains("broken", StringComparison.Ordinal)) return Outcome(false, "the recipe is broken <here>", []);
        var tree = Path.Combine(inputs.WorkDirectory, "tree");
        var results = Directory.CreateDirectory(Path.Combine(inputs.WorkDirectory, "results")).FullName;
        Directory.CreateDirectory(Path.Combine(tree, "DEBIAN"));
        Directory.CreateDirectory(Path.Combine(tree, "usr/share/tool"));
        await File.WriteAllTextAsync(Path.Combine(tree, "usr/share/tool/changelog"), changelog, cancellation);
        await File.WriteAllTextAsync(Path.Combine(tree, "DEBIAN/control"),
            $"Package: tool\nVersion: 1.0-1.{inputs.BuildId}\nArchitecture: all\nMaintainer: A <a@b.example>\nDescription: a tool\n", cancellation);
        var file = Path.Combine(results, $"tool_1.0-1.{inputs.BuildId}_all.deb");
        Tool.Run("dpkg-deb", "--build", tree, file);
        return Outcome(true, null, [file]);
    }

    private static BuildOutcome Outcome(bool succeeded, string? cause, IReadOnlyList<string> files) =>
        new(succeeded, cause, Infrastructure: false, files, "{}", TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(2), 5_000_000, "cgroup v2");

    private static TaskCompletionSource Opened()
    {
        var gate = new TaskCompletionSource();
        gate.SetResult();
        return gate;
    }
}

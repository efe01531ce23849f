using System.Text;

namespace Slipway.Sandbox.Tests;

/// <summary>A sandbox whose layer borrows the machine's /usr.</summary>
internal sealed class SandboxFixture : IDisposable
{
    private readonly ScratchDirectory _scratch = new();
    private int _runs;

    public SandboxFixture()
    {
        foreach (var directory in new[] { "layer/usr", "layer/proc", "layer/dev", "layer/tmp", "layer/etc", "layer/root", "layer/build", "run" })
            Directory.CreateDirectory(_scratch[directory]);
        foreach (var name in new[] { "bin", "lib", "lib64", "sbin" })
            File.CreateSymbolicLink(_scratch["layer/" + name], "usr/" + name);
        File.WriteAllText(_scratch["layer/etc/layer"], "lower\n");
        Sandbox.Account.Give(_scratch["layer"]);
    }

    public static BuildSandbox Sandbox { get; } = new(SandboxAccount.Ensure());

    public string this[string name] => _scratch[name];

    public SandboxSpec Spec(params string[] command) => new($"test-{Environment.ProcessId}-{Interlocked.Increment(ref _runs)}", _scratch["run"], command)
    {
        Layers = [_scratch["layer"]],
        Mounts = [new("/usr", "/usr")],
        Limits = new() { MemoryBytes = 256 << 20, Processes = 100, Wall = TimeSpan.FromSeconds(60) },
        AcceptWeakLimits = Environment.UserName != "root",
    };

    public static async Task<(SandboxResult Result, string Log)> Run(SandboxSpec spec, CancellationToken cancellation = default)
    {
        var log = new StringBuilder();
        var result = await Sandbox.RunAsync(spec, bytes => log.Append(Encoding.UTF8.GetString(bytes.Span)), cancellation);
        return (result, log.ToString());
    }

    public void Dispose()
    {
        Sandbox.RemoveTreeAsync(_scratch["run"]).GetAwaiter().GetResult();
        // Removes the groups of a killed parent too.
        BuildSandbox.LimitsAreEnforced();
        _scratch.Dispose();
    }
}

namespace Slipway.Sandbox.Tests;

public sealed class SandboxChainTests
{
    private static readonly SandboxSpec Spec = new("x", "/tmp", ["true"]) { Root = SandboxRoot.HostTools, Limits = new() { MemoryBytes = 1 << 20, Processes = 7 } };

    [Fact]
    public void Without_control_groups_each_process_is_limited()
    {
        var chain = SandboxChain.Build(Spec, new("nobody", 65534, 65534, 100000, 65536), null);
        Assert.Contains("--data=1048576", chain);
        Assert.Contains("--nproc=7", chain);
    }

    [Fact]
    public void With_control_groups_the_run_as_a_whole_is()
    {
        Assert.SkipUnless(BuildSandbox.LimitsAreEnforced(), "control groups cannot be used here");
        using var group = BuildCgroup.TryCreate("chain-test", Spec.Limits)!;
        Assert.DoesNotContain(SandboxChain.Build(Spec, SandboxAccount.Ensure(), group), a => a.StartsWith("--data", StringComparison.Ordinal));
    }

    [Fact]
    public void Command_and_environment_are_arguments_and_never_part_of_a_script()
    {
        var spec = Spec with { Command = ["echo", "$(id); 'x"], Environment = new Dictionary<string, string> { ["A"] = "`id`" } };
        var chain = SandboxChain.Build(spec, SandboxAccount.Ensure(), null);
        Assert.Equal(["echo", "$(id); 'x"], chain.TakeLast(2));
        Assert.DoesNotContain(chain, a => a.Contains("id", StringComparison.Ordinal) && a.Contains("set -e", StringComparison.Ordinal) && a.Contains("`id`", StringComparison.Ordinal));
        Assert.Contains("`id`", chain);
    }
}

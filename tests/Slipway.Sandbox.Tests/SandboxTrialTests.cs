namespace Slipway.Sandbox.Tests;

public sealed class SandboxTrialTests
{
    [Fact]
    public void Machine_that_can_isolate_builds_is_told_from_one_that_cannot()
    {
        Assert.Null(SandboxTrial.WhyNot(SandboxAccount.Ensure()));
        // An account without a range of ids cannot make the namespace.
        Assert.SkipUnless(Environment.IsPrivilegedProcess, "only root starts builds as another account");
        Assert.NotNull(SandboxTrial.WhyNot(SandboxAccount.Ensure() with { Uid = 65533, Gid = 65533 }));
    }
}

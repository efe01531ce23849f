using System.Globalization;
using System.Text.RegularExpressions;
using Slipway.Content;

namespace Slipway.Sandbox.Tests;

public sealed partial class BuildSandboxTests : IDisposable
{
    private readonly SandboxFixture _fixture = new();

    public void Dispose() => _fixture.Dispose();

    [Fact]
    public async Task Command_runs_as_the_builder_without_capabilities()
    {
        var (result, log) = await SandboxFixture.Run(_fixture.Spec("sh", "-c", "id -u; grep -E 'Cap|NoNew|Seccomp:' /proc/self/status"));
        Assert.True(result.Succeeded, log);
        Assert.StartsWith("1000\n", log, StringComparison.Ordinal);
        Assert.Equal(5, CapabilityLine().Count(log));
        Assert.Contains("NoNewPrivs:\t1", log, StringComparison.Ordinal);
        Assert.Contains("Seccomp:\t2", log, StringComparison.Ordinal);
    }

    [Fact]
    public async Task No_network_but_loopback_is_inside()
    {
        var (_, log) = await SandboxFixture.Run(_fixture.Spec("sh", "-c", "cat /proc/net/dev; cat /proc/net/route"));
        Assert.Contains("lo:", log, StringComparison.Ordinal);
        Assert.DoesNotContain("eth", log, StringComparison.Ordinal);
        Assert.DoesNotContain("ens", log, StringComparison.Ordinal);
        Assert.Single(log.Split('\n'), l => l.StartsWith("Iface", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Neither_builder_nor_root_inside_is_root_of_the_machine()
    {
        foreach (var user in new[] { SandboxUser.Builder, SandboxUser.NamespaceRoot })
        {
            var spec = _fixture.Spec("sh", "-c", "cat /proc/self/uid_map; sleep 0.5") with { User = user };
            var (result, log) = await SandboxFixture.Run(spec);
            Assert.True(result.Succeeded, log);
            // inside, outside, count
            Assert.DoesNotContain(log.Trim().Split('\n').Select(l => Whitespace().Split(l.Trim())), f => f[1] == "0");
        }
    }

    [Theory]
    [InlineData(SandboxUser.Builder, "98763")]
    [InlineData(SandboxUser.NamespaceRoot, "98764")]
    [InlineData(SandboxUser.ImageMaker, "98765")]
    public async Task Running_processes_have_no_id_of_the_machines_root(SandboxUser user, string mark)
    {
        Assert.SkipUnless(Environment.UserName == "root", "an ordinary user's builds cannot have root's id");
        using var end = new CancellationTokenSource();
        var run = SandboxFixture.Run(_fixture.Spec("sleep", mark) with { User = user }, end.Token);
        // The links before bubblewrap carry the command among their own arguments; they are root's until they have become the account.
        var itself = $"sleep\0{mark}\0";
        Assert.True(await Eventually(() => ProcessesWith(mark).Any(p => CommandLine(p) == itself)));
        var identity = File.ReadLines(ProcessesWith(mark).Single(p => CommandLine(p) == itself) + "/status").Where(l => l.StartsWith("Uid:", StringComparison.Ordinal) || l.StartsWith("Gid:", StringComparison.Ordinal));
        Assert.DoesNotContain(identity.SelectMany(l => Whitespace().Split(l).Skip(1)), id => id == "0");
        await end.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => run);
    }

    [Fact]
    public async Task Files_left_behind_have_ids_of_the_account()
    {
        var spec = _fixture.Spec("sh", "-c", "touch /root-file && install -d -o 1000 /build/sub && setpriv --reuid 1000 touch /build/sub/f && chown 0:0 /build/sub/f && chmod u+s /build/sub/f") with { User = SandboxUser.NamespaceRoot };
        var (result, log) = await SandboxFixture.Run(spec);
        Assert.True(result.Succeeded, log);
        using var upper = RootedTree.Open(_fixture["run/upper"]);
        var files = upper.Walk().ToList();
        Assert.Equal(["build", "build/sub", "build/sub/f", "root-file"], files.Select(f => f.Path.ToString()));
        if (Environment.UserName == "root")
            Assert.DoesNotContain(files, f => f.Stat.Uid == 0);
        Assert.Equal(SandboxFixture.Sandbox.Account.HostId(1000), files[1].Stat.Uid);
    }

    [Theory]
    [InlineData("unshare --user true")]
    [InlineData("unshare --net true")]
    [InlineData("mount -t tmpfs none /tmp")]
    [InlineData("umount /tmp")]
    [InlineData("mount --bind /usr /tmp")]
    public async Task Namespaces_and_mounts_are_denied_even_to_root_inside(string command)
    {
        var (result, log) = await SandboxFixture.Run(_fixture.Spec(["sh", "-c", command]) with { User = SandboxUser.NamespaceRoot });
        Assert.True(result is { Started: true, ExitCode: not 0 }, log);
        Assert.Matches("not permitted|permission denied|superuser", log);
    }

    [Theory]
    [InlineData("mkdir /m && mount --bind /proc /m && test -e /m/self && umount /m", true)]
    [InlineData("mknod /disk b 254 0", false)]
    [InlineData("mkdir /m && mount -t ext4 /dev/vda /m", false)]
    [InlineData("unshare --user true", false)]
    [InlineData("unshare --net true", false)]
    [InlineData("echo 1 > /proc/sys/vm/drop_caches", false)]
    [InlineData("test -e /proc/1/root/etc/shadow && grep -q '^root:[^*!]' /proc/1/root/etc/shadow", false)]
    public async Task Image_maker_may_mount_what_it_has_and_nothing_of_the_machine(string command, bool works)
    {
        var (result, log) = await SandboxFixture.Run(_fixture.Spec("sh", "-c", command) with { User = SandboxUser.ImageMaker });
        Assert.True(result.Started, log);
        Assert.True(result.Succeeded == works, log);
    }

    [Fact]
    public async Task Nothing_of_the_machine_but_the_layers_is_visible()
    {
        var (result, log) = await SandboxFixture.Run(_fixture.Spec("sh", "-c", "ls /; ls /home /var/lib/slipway /run 2>&1; cat /etc/layer; ps ax | wc -l"));
        Assert.StartsWith("bin\nbuild\ndev\netc\nlib\nlib64\nproc\nroot\nsbin\ntmp\nusr\n", log, StringComparison.Ordinal);
        Assert.Contains("lower\n", log, StringComparison.Ordinal);
        Assert.True(int.Parse(log.Trim().Split('\n')[^1], CultureInfo.InvariantCulture) < 8, log);
        Assert.True(result.Started);
    }

    [Fact]
    public async Task Layer_stays_as_it_is_and_the_next_run_goes_on_from_the_upper()
    {
        var write = await SandboxFixture.Run(_fixture.Spec("sh", "-c", "echo changed > /etc/layer") with { User = SandboxUser.NamespaceRoot });
        Assert.True(write.Result.Succeeded, write.Log);
        Assert.Equal("lower\n", await File.ReadAllTextAsync(_fixture["layer/etc/layer"]));
        var (_, log) = await SandboxFixture.Run(_fixture.Spec("cat", "/etc/layer"));
        Assert.Equal("changed\n", log);
    }

    [Fact]
    public async Task Memory_limit_kills_and_is_said()
    {
        Assert.SkipUnless(BuildSandbox.LimitsAreEnforced(), "control groups cannot be used here");
        var (result, _) = await SandboxFixture.Run(_fixture.Spec("dd", "if=/dev/zero", "of=/dev/null", "bs=400M", "count=1"));
        Assert.True(result.Reached.Contains(SandboxLimit.Memory) && !result.Succeeded);
        Assert.Contains("memory limit of 256 MiB", result.Ending, StringComparison.Ordinal);
        Assert.InRange(result.PeakMemoryBytes, 200 << 20, 256 << 20);
    }

    [Fact]
    public async Task Process_limit_holds()
    {
        Assert.SkipUnless(BuildSandbox.LimitsAreEnforced(), "control groups cannot be used here");
        var spec = _fixture.Spec("sh", "-c", "for i in $(seq 60); do sleep 30 & done; echo all") with { Limits = new() { Processes = 20 } };
        var (result, log) = await SandboxFixture.Run(spec);
        Assert.False(result.Succeeded);
        Assert.Contains("limit of 20 processes was reached", result.Ending, StringComparison.Ordinal);
        Assert.Contains("fork", log, StringComparison.OrdinalIgnoreCase);
        Assert.DoesNotContain("all", log, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Wall_time_limit_kills_what_ignores_signals()
    {
        var spec = _fixture.Spec("sh", "-c", "trap '' TERM INT HUP; sleep 1000 & sleep 1000") with { Limits = new() { Wall = TimeSpan.FromSeconds(0.5) } };
        var (result, _) = await SandboxFixture.Run(spec);
        Assert.True(result.Reached is [SandboxLimit.Wall] && !result.Succeeded && result.Wall < TimeSpan.FromSeconds(10));
        Assert.Contains("wall time limit", result.Ending, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Run_that_leaves_too_little_of_the_disk_is_killed_and_says_so()
    {
        var spec = _fixture.Spec("sleep", "1000") with { Limits = new() { DiskReserveBytes = long.MaxValue } };
        var (result, _) = await SandboxFixture.Run(spec);
        Assert.True(result.Reached is [SandboxLimit.MachineDisk] && !result.Succeeded);
        Assert.Contains("disk", result.Ending, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Run_that_says_nothing_for_too_long_is_killed()
    {
        var spec = _fixture.Spec("sh", "-c", "for i in 1 2 3 4 5 6; do echo $i; sleep 0.4; done; sleep 1000") with { Limits = new() { Silence = TimeSpan.FromSeconds(2) } };
        var (result, log) = await SandboxFixture.Run(spec);
        Assert.True(result.Reached is [SandboxLimit.Silence] && !result.Succeeded, result.Ending);
        Assert.Contains("6\n", log, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Processor_limit_holds()
    {
        Assert.SkipUnless(BuildSandbox.LimitsAreEnforced(), "control groups cannot be used here");
        var burn = "a=0; while [ $a -lt 400000 ]; do a=$((a + 1)); done";
        var spec = _fixture.Spec("sh", "-c", $"({burn}) & ({burn}) & ({burn}) & wait") with { Limits = new() { Processors = 1 } };
        var (result, _) = await SandboxFixture.Run(spec);
        // One processor's worth: never more processor time than wall time, but for the scheduler's last period.
        Assert.True(result.Succeeded && result.Processor < result.Wall + TimeSpan.FromSeconds(0.3), $"{result.Processor} in {result.Wall}");
    }

    [Fact]
    public async Task Failed_command_is_told_from_a_sandbox_that_did_not_start()
    {
        Assert.True((await SandboxFixture.Run(_fixture.Spec("sh", "-c", "exit 7"))).Result is { Started: true, ExitCode: 7 });
        Assert.True((await SandboxFixture.Run(_fixture.Spec("true") with { WorkingDirectory = "/no/such" })).Result is { Started: false, Succeeded: false });
    }

    [Fact]
    public async Task Cancelling_ends_the_run_and_leaves_no_process()
    {
        using var cancel = new CancellationTokenSource(TimeSpan.FromSeconds(0.7));
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => SandboxFixture.Run(_fixture.Spec("sleep", "98761"), cancel.Token));
        Assert.Empty(ProcessesWith("98761"));
    }

    [Fact]
    public async Task Killing_the_parent_kills_the_build()
    {
        // The tests' own program, started again, is the parent that dies.
        using var parent = ChildProcess.Start(new(Environment.ProcessPath!, "--sandbox-parent", _fixture["layer"], _fixture["run"])
        {
            Environment = new Dictionary<string, string> { ["PATH"] = ChildCommand.PlainEnvironment["PATH"], ["DOTNET_ROOT"] = Environment.GetEnvironmentVariable("DOTNET_ROOT") ?? "/usr/lib/dotnet" },
        }, _ => { });
        Assert.True(await Eventually(() => ProcessesWith("98762").Count > 0), "the build did not start");
        parent.Signal(9);
        Assert.True(await Eventually(() => ProcessesWith("98762").Count == 0), "the build outlived its parent");
        Assert.DoesNotContain(_fixture["run"], await File.ReadAllTextAsync("/proc/mounts"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Standard_input_reaches_the_command()
    {
        var (_, log) = await SandboxFixture.Run(_fixture.Spec("cat") with { Input = "fed\n"u8.ToArray() });
        Assert.Equal("fed\n", log);
    }

    private static List<string> ProcessesWith(string argument) => [.. Directory.GetDirectories("/proc").Where(d => char.IsAsciiDigit(Path.GetFileName(d)[0]))
        .Where(d => CommandLine(d).Split('\0') is [.., "sleep", var last, ""] && last == argument)];

    private static string CommandLine(string process)
    {
        try
        {
            return File.ReadAllText(process + "/cmdline");
        }
        catch (IOException)
        {
            return "";
        }
    }

    private static async Task<bool> Eventually(Func<bool> condition)
    {
        for (var i = 0; i < 200; i++, await Task.Delay(50))
        {
            if (condition())
                return true;
        }
        return false;
    }

    [GeneratedRegex("^Cap[A-Za-z]+:\\s+0+$", RegexOptions.Multiline)]
    private static partial Regex CapabilityLine();

    [GeneratedRegex("\\s+")]
    private static partial Regex Whitespace();
}

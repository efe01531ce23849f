using System.Diagnostics;
using System.Text;
using Slipway.Content;

namespace Slipway.Sandbox.Tests;

public sealed class ChildProcessTests
{
    [Fact]
    public void Output_and_error_and_exit_code_are_kept_apart()
    {
        var result = ChildProcess.Run(new("sh", "-c", "echo out; echo err >&2; exit 3"));
        Assert.Equal((3, null, "out", "err\n"), (result.ExitCode, result.Signal, result.Text, result.ErrorText));
        Assert.False(result.Succeeded);
    }

    [Fact]
    public void Death_by_a_signal_is_never_success()
    {
        var result = ChildProcess.Run(new("sh", "-c", "kill -9 $$"));
        Assert.Equal((137, 9, false), (result.ExitCode, result.Signal, result.Succeeded));
    }

    [Fact]
    public void Arguments_arrive_unchanged()
    {
        string[] arguments = ["a b", "$(id)", "", "'\"", "ü", "-n"];
        var result = ChildProcess.Run(new("printf", ["%s\\n", .. arguments]));
        Assert.Equal(string.Join('\n', arguments), result.Text);
    }

    [Fact]
    public void Environment_of_this_process_is_not_inherited()
    {
        var names = ChildProcess.Run(new("env")).Text.Split('\n').Select(l => l.Split('=')[0]).Order();
        Assert.Equal(["HOME", "LANG", "PATH"], names);
        Assert.Equal("A=1", ChildProcess.Run(new("/usr/bin/env") { Environment = new Dictionary<string, string> { ["A"] = "1" } }).Text);
    }

    [Fact]
    public void Only_named_descriptors_reach_the_child()
    {
        using var scratch = new ScratchDirectory();
        File.WriteAllText(scratch["f"], "hello");
        using var file = File.OpenHandle(scratch["f"]);
        Assert.Equal("hello", ChildProcess.Run(new("cat", "/dev/fd/3") { ExtraFiles = [file] }).Text);
        // The fifth is the directory that ls itself reads.
        Assert.Equal("0\n1\n2\n3\n4", ChildProcess.Run(new("ls", "/proc/self/fd") { ExtraFiles = [file] }).Text);
    }

    [Fact]
    public void Signals_have_their_default_action_in_the_child()
    {
        var result = ChildProcess.Run(new("grep", "-E", "^Sig(Blk|Ign)", "/proc/self/status"));
        // Signals 32 and 33 are libc's own, which posix_spawn always leaves ignored.
        Assert.Equal("SigBlk:\t0000000000000000\nSigIgn:\t0000000180000000", result.Text);
    }

    [Fact]
    public void Input_and_working_directory_are_given()
    {
        using var scratch = new ScratchDirectory();
        var input = new byte[3_000_000];
        new Random(1).NextBytes(input);
        var result = ChildProcess.Run(new("sh", "-c", "cat; pwd >&2") { Input = input, WorkingDirectory = scratch.Path });
        Assert.Equal(input, result.Output);
        Assert.Equal(scratch.Path + "\n", result.ErrorText);
    }

    [Fact]
    public void Child_that_does_not_read_its_input_is_no_trouble() =>
        Assert.True(ChildProcess.Run(new("true") { Input = new byte[1_000_000] }).Succeeded);

    [Fact]
    public void Missing_program_is_said_with_its_name()
    {
        var failure = Assert.Throws<SlipwayException>(() => ChildProcess.Run(new("no-such-program")));
        Assert.Contains("no-such-program", failure.Message, StringComparison.Ordinal);
        Assert.Throws<SlipwayException>(() => ChildProcess.Run(new("true") { WorkingDirectory = "/no/such" }));
    }

    [Fact]
    public void Too_much_output_kills_the_child_and_is_not_success()
    {
        var result = ChildProcess.Run(new("yes") { MaxOutputBytes = 100_000 });
        Assert.True(result is { OutputOverflowed: true, Succeeded: false, Output.Length: <= 100_000 });
        Assert.Throws<SlipwayException>(() => result.Require("yes"));
    }

    [Fact]
    public void Timeout_kills_a_child_that_ignores_the_polite_signal()
    {
        var result = ChildProcess.Run(new("sh", "-c", "trap '' TERM; echo $$; while :; do sleep 0.1; done")
        {
            Timeout = TimeSpan.FromSeconds(0.2),
            KillAfter = TimeSpan.FromSeconds(0.2),
        });
        Assert.True(result is { TimedOut: true, Signal: 9 });
        Assert.False(Directory.Exists("/proc/" + result.Text));
    }

    [Fact]
    public void Descendants_left_in_the_group_die_with_the_leader()
    {
        var watch = Stopwatch.StartNew();
        var result = ChildProcess.Run(new("sh", "-c", "sleep 100 & echo $!"));
        Assert.True(watch.Elapsed < TimeSpan.FromSeconds(5));
        Assert.True(HasEnded(result.Text));
    }

    [Fact]
    public async Task Graceful_cancelling_lets_the_child_finish_its_last_words()
    {
        using var graceful = new CancellationTokenSource();
        var said = new StringBuilder();
        var run = ChildProcess.RunAsync(new("sh", "-c", "trap 'echo bye; exit 0' TERM; echo ready; while :; do sleep 0.05; done"), bytes =>
        {
            lock (said)
                said.Append(Encoding.UTF8.GetString(bytes.Span));
            graceful.CancelAfter(1);
        }, graceful.Token);
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => run);
        Assert.Equal("ready\nbye\n", said.ToString());
    }

    [Fact]
    public async Task Forceful_cancelling_kills_at_once()
    {
        using var forceful = new CancellationTokenSource(TimeSpan.FromMilliseconds(100));
        var watch = Stopwatch.StartNew();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() =>
            ChildProcess.RunAsync(new("sh", "-c", "trap '' TERM; sleep 60; sleep 60"), forceful: forceful.Token));
        Assert.True(watch.Elapsed < TimeSpan.FromSeconds(5));
    }

    [Fact]
    public void Merged_error_keeps_the_order_of_writing()
    {
        var result = ChildProcess.Run(new("sh", "-c", "for i in 1 2 3 4 5; do echo o$i; echo e$i >&2; done") { MergeError = true });
        Assert.Equal("o1 e1 o2 e2 o3 e3 o4 e4 o5 e5", result.Text.Replace('\n', ' '));
    }

    [Fact]
    public void Peak_memory_is_that_of_the_child()
    {
        var small = ChildProcess.Run(new("true")).PeakMemoryBytes;
        var large = ChildProcess.Run(new("dd", "if=/dev/zero", "of=/dev/null", "bs=300M", "count=1")).PeakMemoryBytes;
        Assert.True(small is > 0 and < 300 << 20 && large > 300 << 20, $"{small} {large}");
    }

    [Fact]
    public async Task Many_children_at_once_all_end()
    {
        var results = await Task.WhenAll(Enumerable.Range(0, 40).Select(i => ChildProcess.RunAsync(new("sh", "-c", "echo $1; exit $1", "sh", $"{i}"))));
        Assert.Equal(Enumerable.Range(0, 40).Select(i => (i, $"{i}")), results.Select(r => (r.ExitCode, r.Text)));
    }

    [Fact]
    public async Task Disposing_a_long_running_child_ends_it()
    {
        var child = ChildProcess.Start(new("sleep", "1000") { DieWithParent = true });
        child.Dispose();
        Assert.Equal(9, (await child.Completion).Signal);
        Assert.True(HasEnded($"{child.Pid}"));
    }

    // A killed orphan stays visible as a zombie until init reaps it.
    private static bool HasEnded(string pid)
    {
        for (var i = 0; i < 100; i++, Thread.Sleep(20))
        {
            if (!File.Exists($"/proc/{pid}/stat") || File.ReadAllText($"/proc/{pid}/stat").Contains(") Z", StringComparison.Ordinal))
                return true;
        }
        return false;
    }
}

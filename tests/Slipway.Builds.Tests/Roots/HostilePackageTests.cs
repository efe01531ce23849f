using System.Globalization;
using System.Net;
using System.Net.Sockets;
using Slipway.Builds.Roots;
using Slipway.Content;
using Slipway.Packages;
using Slipway.Sandbox;

namespace Slipway.Builds.Tests.BuildRoots;

/// <summary>Packages that mean harm, built by the real builder: each is contained, and what stopped it is named.</summary>
[Collection(RealRootsCollection.Name)]
public sealed class HostilePackageTests(RealRoots roots)
{
    private readonly string _work = Directory.CreateDirectory(Path.Combine(roots.Scratch, Guid.NewGuid().ToString("n"))).FullName;

    [Fact]
    public async Task Fork_bomb_is_held_by_the_process_limit()
    {
        var (outcome, _) = await Build("bomb() { bomb | bomb & }\nbomb\nsleep 2\nfor i in $(seq 200); do sleep 98780 & done\nexit 3\n", new() { Processes = 60, Wall = TimeSpan.FromSeconds(60) });
        Refused(outcome, "limit of 60 processes", "processes");
        Assert.Empty(ProcessesWith("98780"));
    }

    [Fact]
    public async Task Disk_filler_is_held_by_the_disk_limit()
    {
        var (outcome, _) = await Build("dd if=/dev/zero of=/build/fill bs=1M count=20000; sleep 1000\n", new() { DiskBytes = 100 << 20 });
        Refused(outcome, "disk limit of 100 MiB", "disk");
        Assert.False(Directory.Exists(Path.Combine(_work, "build/root")));
    }

    [Fact]
    public async Task Memory_hog_is_held_by_the_memory_limit()
    {
        Assert.SkipUnless(BuildSandbox.LimitsAreEnforced(), "control groups cannot be used here");
        var (outcome, _) = await Build("dd if=/dev/zero of=/dev/null bs=2000M count=1\n", new() { MemoryBytes = 200 << 20 });
        Refused(outcome, "memory limit of 200 MiB", "memory");
    }

    [Fact]
    public async Task File_system_in_memory_counts_as_memory()
    {
        Assert.SkipUnless(BuildSandbox.LimitsAreEnforced(), "control groups cannot be used here");
        var (outcome, _) = await Build("dd if=/dev/zero of=/tmp/fill bs=1M count=20000\n", new() { MemoryBytes = 200 << 20 });
        Refused(outcome, "memory limit of 200 MiB", "memory");
    }

    [Theory]
    [InlineData("while :; do echo busy; sleep 0.1; done\n", "wall time limit of 4 s", "wall")]
    [InlineData("trap '' TERM INT HUP\nsleep 1000\n", "silence limit", "silence")]
    public async Task Recipe_that_never_ends_is_ended(string script, string says, string limit)
    {
        var (outcome, _) = await Build(script, new() { Wall = TimeSpan.FromSeconds(limit == "wall" ? 4 : 300), Silence = TimeSpan.FromSeconds(3) });
        Refused(outcome, says, limit);
    }

    [Fact]
    public async Task Daemon_that_wants_to_stay_ends_with_the_build()
    {
        var (outcome, log) = await Build("setsid sh -c 'trap \"\" TERM HUP; (sleep 98781 &) ; sleep 98781' > /dev/null 2>&1 &\n");
        Assert.True(outcome.Succeeded, log);
        Assert.Empty(ProcessesWith("98781"));
    }

    [Fact]
    public async Task Mounts_namespaces_devices_and_roots_are_refused()
    {
        string[] attempts =
        [
            "mount -t tmpfs none /mnt", "mount --bind /proc /mnt", "umount /proc", "unshare -Ur true", "unshare -m true", "unshare -n true", "nsenter -t 1 -m true", "chroot / true",
            "mknod /build/sda b 8 0", "mount -t proc none /mnt", "pivot_root / /mnt", "sh -c 'echo 1 > /proc/sys/kernel/sysrq'", "sh -c 'echo x > /etc/passwd'", "chown 0 /build/src/greet.c",
            "sh -c 'echo $$ > /sys/fs/cgroup/cgroup.procs'", "setpriv --reuid 0 true", "su -c true", "dd if=/dev/mem of=/dev/null count=1", "sh -c '> /dev/sda'",
        ];
        var (outcome, log) = await Build(string.Concat(attempts.Select(a => $"if {a}; then echo ESCAPED: {a.Replace('\'', '.')}; fi\n")));
        Assert.True(outcome.Succeeded, log);
        Assert.DoesNotContain("ESCAPED", log, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Results_that_are_links_to_the_machines_files_are_not_taken()
    {
        var (outcome, log) = await Build("ln -s /etc/shadow /build/out/shadow.deb\nln -s /etc /build/out/etc\nln /proc/self/exe /build/out/exe.deb 2>/dev/null || true\n");
        Assert.True(outcome.Succeeded, log);
        Assert.DoesNotContain(outcome.ResultFiles, f => f.Contains("shadow", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Result_directory_that_leads_to_the_machines_is_refused()
    {
        var outside = Directory.CreateDirectory(Path.Combine(_work, "outside")).FullName;
        File.WriteAllText(Path.Combine(outside, "stolen.deb"), "secret");
        // What is a directory inside, and has every package at the end of the recipe, is another one outside.
        var (outcome, _) = await Build($"rm -rf /build/out; mkdir -p /tmp/x; ln -s /tmp/x /build/out\n(while [ ! -e /tmp/x/greet_1.0.dsc ]; do sleep 0.05; done; rm /build/out; ln -s {outside} /build/out) &\n");
        Assert.False(outcome.Succeeded);
        Assert.Empty(outcome.ResultFiles);
    }

    [Fact]
    public async Task Network_cannot_be_reached()
    {
        using var tcp = new TcpListener(IPAddress.Any, 0);
        tcp.Start();
        using var local = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        var name = "slipway-test-" + Guid.NewGuid().ToString("n");
        local.Bind(new UnixDomainSocketEndPoint("\0" + name));
        local.Listen();
        var port = ((IPEndPoint)tcp.LocalEndpoint).Port.ToString(CultureInfo.InvariantCulture);
        var hosts = Dns.GetHostAddresses(Dns.GetHostName()).Where(a => a.AddressFamily == AddressFamily.InterNetwork).Select(a => a.ToString()).Append("127.0.0.1");
        var (outcome, log) = await Build($$"""
            for host in {{string.Join(' ', hosts)}} 8.8.8.8; do
                perl -MIO::Socket::INET -e 'IO::Socket::INET->new(PeerAddr => $ARGV[0], PeerPort => $ARGV[1], Timeout => 3) and print "REACHED $ARGV[0]\n"' $host {{port}}
            done
            perl -MSocket -e 'socket(S, PF_UNIX, SOCK_STREAM, 0); connect(S, pack("S a*", AF_UNIX, "\0{{name}}")) and print "REACHED abstract\n"'
            perl -e 'print gethostbyname("www.example.org") ? "REACHED a name\n" : "no name\n"'
            """);
        Assert.True(outcome.Succeeded, log);
        Assert.Contains("no name", log, StringComparison.Ordinal);
        Assert.DoesNotContain("REACHED", log, StringComparison.Ordinal);
        Assert.False(tcp.Pending());
    }

    [Fact]
    public async Task Files_keys_sockets_and_other_builds_of_the_machine_cannot_be_read()
    {
        var secret = "slipway-secret-" + Guid.NewGuid().ToString("n");
        foreach (var file in new[] { Path.Combine(roots.Data.Keys, "key"), Path.Combine(roots.Data.Build(1), "attempt-1.log"), Path.Combine(roots.Data.Root, "token"), Path.Combine(roots.Scratch, "open") })
        {
            Directory.CreateDirectory(Path.GetDirectoryName(file)!);
            File.WriteAllText(file, secret);
            File.SetUnixFileMode(file, (UnixFileMode)0x1a4);
        }
        using var signer = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        signer.Bind(new UnixDomainSocketEndPoint(roots.Data.SignerSocket));
        signer.Listen();
        Environment.SetEnvironmentVariable("SLIPWAY_HOSTILE_TEST", secret);
        var (outcome, log) = await Build($$"""
            grep -rs slipway-secret- / --exclude-dir=proc --exclude-dir=src 2>/dev/null | head -c 2000
            cat /proc/*/environ 2>/dev/null | tr '\0' '\n' | grep slipway-secret-
            ls -la {{roots.Data.Root}} {{roots.Data.Keys}} {{roots.Scratch}} /var/lib/slipway /root/.ssh && echo REACHED a directory
            cat /proc/1/root/etc/shadow && echo REACHED shadow
            [ "$(cat /proc/1/comm)" = systemd ] && echo REACHED the first process
            perl -MSocket -e 'socket(S, PF_UNIX, SOCK_STREAM, 0); connect(S, pack_sockaddr_un("{{roots.Data.SignerSocket}}")) and print "REACHED the signer\n"'
            env | grep -v -E '^(PATH|HOME|LANG|LC_ALL|TERM|USER|TZ|PWD|SHLVL|_|OLDPWD|SOURCE_DATE_EPOCH|DEB_.*|MAKE.*|MFLAGS|.*FLAGS|LOGNAME)=' | sed 's/^/OTHER VARIABLE /'
            true
            """);
        File.Delete(roots.Data.SignerSocket);
        Environment.SetEnvironmentVariable("SLIPWAY_HOSTILE_TEST", null);
        Assert.True(outcome.Succeeded, log);
        Assert.DoesNotContain(secret, log, StringComparison.Ordinal);
        Assert.DoesNotContain("REACHED", log, StringComparison.Ordinal);
        Assert.DoesNotContain("OTHER VARIABLE", log, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Set_uid_files_lose_their_power_and_nothing_left_is_roots()
    {
        var (outcome, log) = await Build("cp /bin/sh /build/out/shell.deb; chmod 6755 /build/out/shell.deb; cp /bin/sh /build/shell; chmod 6755 /build/shell\n", keep: true);
        Assert.Contains("shell.deb, which cannot be read as a package", outcome.Cause, StringComparison.Ordinal);
        Assert.True(outcome is { Succeeded: false, Infrastructure: false, ResultFiles.Count: 0 }, log);
        using var upper = RootedTree.Open(Path.Combine(_work, "build/root/upper"));
        var left = upper.Walk().ToList();
        Assert.Contains(left, e => e.Path.ToString() == "build/shell" && (e.Stat.Mode & 0xc00) != 0);
        if (Environment.IsPrivilegedProcess)
            Assert.DoesNotContain(left, e => e.Stat.Uid == 0 || e.Stat.Gid == 0);
        // Nobody else gets as far as a file that would lend its owner's rights.
        Assert.Equal(0x1c0, (int)File.GetUnixFileMode(Path.Combine(_work, "build/root")));
        await new BuildSandbox(SandboxAccount.Ensure()).RemoveTreeAsync(Path.Combine(_work, "build/root"));
    }

    [Fact]
    public async Task No_process_of_a_build_is_the_machines_root()
    {
        Assert.SkipUnless(Environment.IsPrivilegedProcess, "an ordinary user's builds cannot have root's id");
        using var end = new CancellationTokenSource();
        var build = Build("for i in 1 2 3; do sleep 98782 & done; touch /build/ready; wait\n", cancellation: end.Token);
        var upper = Path.Combine(_work, "build/root/upper/build");
        while ((!File.Exists(Path.Combine(upper, "ready")) || ProcessesWith("98782").Count < 3) && !build.IsCompleted)
            await Task.Delay(20, TestContext.Current.CancellationToken);
        var sleeping = ProcessesWith("98782");
        Assert.Equal(3, sleeping.Count);
        // Every process in the namespace of the three: bubblewrap's own first one, dpkg-buildpackage, make and the shells.
        var space = new FileInfo(sleeping[0] + "/ns/pid").LinkTarget;
        var all = Directory.GetDirectories("/proc").Where(d => char.IsAsciiDigit(Path.GetFileName(d)[0]) && Link(d + "/ns/pid") == space).ToList();
        Assert.True(all.Count >= 6);
        foreach (var line in all.SelectMany(p => File.ReadLines(p + "/status")).Where(l => l.StartsWith("Uid:", StringComparison.Ordinal) || l.StartsWith("Gid:", StringComparison.Ordinal) || l.StartsWith("Groups:", StringComparison.Ordinal)))
            Assert.DoesNotContain("0", line.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries).Skip(1));
        await end.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => build);
        Assert.Empty(ProcessesWith("98782"));
    }

    [Fact]
    public Task Endless_log_is_cut_marked_and_counted() => BuildWithLogOf(200 << 20);

    [Fact]
    [Trait("long", "yes")]
    public Task Log_of_ten_gigabytes_is_cut_marked_and_counted() => BuildWithLogOf(10L << 30);

    private async Task BuildWithLogOf(long written)
    {
        var (outcome, log) = await Build($"head -c {written} /dev/zero; echo; echo the end >&2\n", logBytes: 1 << 20);
        Assert.True(outcome.Succeeded);
        Assert.InRange(log.Length, 1 << 20, (1 << 20) + 20_000);
        Assert.Contains("[TRUNCATED: the recipe wrote more than 1 MiB", log, StringComparison.Ordinal);
        Assert.Contains("slipway: made", log, StringComparison.Ordinal);
        Assert.InRange(outcome.Record!.LogBytesDropped, written - (1 << 20), written + 100_000);
    }

    [Fact]
    public async Task Names_with_line_ends_do_no_harm()
    {
        var (harmless, log) = await Build("touch \"$(printf '/build/a\\nb')\" \"$(printf '/build/out/no\\npackage')\" \"$(printf '/build/\\377\\376')\"\n");
        Assert.True(harmless.Succeeded, log);
        var (refused, _) = await Build("touch \"$(printf '/build/out/a\\nslipway: made b.deb')\"\n");
        Assert.False(refused.Succeeded);
        Assert.Contains("cannot be the name of a package", refused.Cause, StringComparison.Ordinal);
    }

    private async Task<(BuildOutcome Outcome, string Log)> Build(string script, SandboxLimits? limits = null, long logBytes = 60 << 20, bool keep = false, CancellationToken cancellation = default)
    {
        var source = Path.Combine(_work, "greet");
        if (Directory.Exists(source))
            Directory.Delete(source, recursive: true);
        return await roots.Build(PackageType.Deb, SampleSources.Write(source, script: script), Path.Combine(_work, "build"),
            i => i with { Dist = i.Dist with { Limits = limits ?? new(), LogBytes = logBytes }, KeepRoot = keep }, cancellation);
    }

    private static void Refused(BuildOutcome outcome, string says, string limit)
    {
        Assert.False(outcome.Succeeded);
        Assert.False(outcome.Infrastructure, outcome.Cause);
        Assert.Contains(says, outcome.Cause, StringComparison.Ordinal);
        Assert.Contains(limit, outcome.Record!.LimitsReached);
    }

    private static List<string> ProcessesWith(string argument) => [.. Directory.GetDirectories("/proc").Where(d => char.IsAsciiDigit(Path.GetFileName(d)[0]))
        .Where(d => CommandLine(d).Split('\0') is ["sleep", var last, ""] && last == argument)];

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

    private static string? Link(string path)
    {
        try
        {
            return new FileInfo(path).LinkTarget;
        }
        catch (IOException)
        {
            return null;
        }
    }
}

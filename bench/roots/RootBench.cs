using System.Diagnostics;
using Slipway.Builds.Roots;
using Slipway.Content;
using Slipway.Packages;
using Slipway.Sandbox;
using Slipway.State;

namespace Slipway.Bench.Roots;

/// <summary>A builder over one directory, and a deb package that takes next to no time to build.</summary>
internal sealed class RootBench
{
    private readonly DataDirectory _data;
    private readonly ContentStore _store;
    private readonly SandboxAccount _account = SandboxAccount.Ensure();
    private PackageBuilder _builder;
    private int _builds;

    internal RootBench(string directory)
    {
        _data = new DataDirectory(directory);
        _data.Create();
        _store = new ContentStore(_data.Store);
        _builder = Builder();
    }

    internal long LastUpperBytes { get; private set; }

    internal async Task<BuildOutcome> BuildAsync(string name, IReadOnlyList<string> needs)
    {
        var work = Path.Combine(_data.Cache, "bench", $"{name}-{Interlocked.Increment(ref _builds)}");
        var outcome = await _builder.BuildAsync(Inputs(work, Source(Path.Combine(work, "source"), needs), "quick"), _ => { }, CancellationToken.None);
        using (var upper = RootedTree.Open(Path.Combine(work, "build/root/upper")))
            LastUpperBytes = upper.Walk().Where(e => e.Stat.Type == NodeType.Regular).Sum(e => e.Stat.Size);
        await new BuildSandbox(_account).RemoveTreeAsync(work);
        return outcome;
    }

    private BuildInputs Inputs(string work, string source, string name) => new()
    {
        BuildId = _builds,
        Attempt = 1,
        SourceDirectory = source,
        PackageName = name,
        Architecture = "x86_64",
        SourceDateEpoch = 1_700_000_000,
        WorkDirectory = Path.Combine(work, "build"),
        Dist = new Dist { Name = "bench", Type = PackageType.Deb, Root = new("apt", "host", ["build-essential"]) },
        KeepRoot = true,
    };

    /// <summary>Milliseconds from the call to the first word of a command in a sandbox over the largest layer.</summary>
    internal async Task<double> StartAsync()
    {
        var layer = Directory.GetDirectories(_data.Roots).Select(d => Path.Combine(d, "upper")).First(u => Directory.Exists(Path.Combine(u, "usr/lib/gcc")));
        var directory = Path.Combine(_data.Cache, "bench", "start");
        Directory.CreateDirectory(directory);
        var begin = Stopwatch.GetTimestamp();
        var first = TimeSpan.Zero;
        var result = await new BuildSandbox(_account).RunAsync(new("bench-start", directory, ["echo", "begun"]) { Layers = [layer] }, _ => first = Stopwatch.GetElapsedTime(begin));
        await new BuildSandbox(_account).RemoveTreeAsync(directory);
        return result.Succeeded ? first.TotalMilliseconds : throw new InvalidOperationException(result.Ending);
    }

    /// <summary>Writes down which package files the roots there are now were made of, for the yardstick.</summary>
    internal void ListPackages()
    {
        var cold = Directory.CreateDirectory(Path.Combine(_data.Root, "cold")).FullName;
        File.WriteAllLines(Path.Combine(cold, "packages"), Directory.GetFiles(_data.Roots, "packages", SearchOption.AllDirectories).SelectMany(File.ReadLines).Distinct());
    }

    /// <summary>Seconds of whole builds of hello, and of the same recipe in the same root by chroot alone.</summary>
    internal async Task<IReadOnlyList<(string What, double Seconds)>> HelloAsync()
    {
        var source = Directory.CreateDirectory(Path.Combine(_data.Root, "hello")).FullName;
        new HostApt(Path.Combine(_data.Cache, "apt"), _store, TimeProvider.System).FetchSource("hello", source);
        var inputs = Inputs(Path.Combine(_data.Cache, "bench", "hello"), source, "hello");
        // Once before, so that root and package files are there.
        var whole = new List<double>();
        BuildOutcome? last = null;
        for (var i = 0; i < 2; i++)
        {
            await new BuildSandbox(_account).RemoveTreeAsync(inputs.WorkDirectory);
            var begin = Stopwatch.GetTimestamp();
            last = await _builder.BuildAsync(inputs, _ => { }, CancellationToken.None);
            whole.Add(Stopwatch.GetElapsedTime(begin).TotalSeconds);
            if (!last.Succeeded)
                throw new InvalidOperationException(last.Cause);
        }
        var chroot = Chroot(inputs, last!);
        await new BuildSandbox(_account).RemoveTreeAsync(Path.GetDirectoryName(inputs.WorkDirectory)!);
        return [("whole build, root made too", whole[0]), ("whole build, warm", whole[1]), ("its recipe in the sandbox", last!.Build.TotalSeconds), ("the same in the same root by chroot, without isolation", chroot)];
    }

    // OVERLAY-OPTIONS PLACE: the sources as the build had them; a mount namespace of its own takes the mount away.
    private const string ChrootScript = """
        set -e
        mount -t overlay -o "$1" plain "$2"
        mount -t proc proc "$2/proc"
        rm -rf "$2/build/tree"
        cd "$2"
        chroot "$2" sh -c 'cd /build && rm -rf tree out && mkdir out && dpkg-source -x src/hello_*.dsc tree && cd tree && DEB_BUILD_OPTIONS=parallel=$(nproc) dpkg-buildpackage -us -uc -F'
        """;

    private double Chroot(BuildInputs inputs, BuildOutcome build)
    {
        var place = Path.Combine(inputs.WorkDirectory, "plain");
        foreach (var part in new[] { "upper", "work", "root" })
            Directory.CreateDirectory(Path.Combine(place, part));
        // Each layer's package database names all below it: the longest is on top.
        var layers = Directory.GetDirectories(_data.Roots).Select(d => Path.Combine(d, "upper")).Where(u => File.Exists(Path.Combine(u, "var/lib/dpkg/status")))
            .OrderByDescending(u => u.Contains(build.Record!.Root!, StringComparison.Ordinal)).ThenByDescending(u => new FileInfo(Path.Combine(u, "var/lib/dpkg/status")).Length).ToList();
        var options = $"lowerdir={Path.Combine(inputs.WorkDirectory, "root/upper")}:{string.Join(':', layers)},upperdir={place}/upper,workdir={place}/work,userxattr";
        var begin = Stopwatch.GetTimestamp();
        var result = ChildProcess.Run(new ChildCommand("unshare", "--mount", "--", "sh", "-c", ChrootScript, "sh", options, Path.Combine(place, "root")));
        result.Require("build hello by chroot");
        return Stopwatch.GetElapsedTime(begin).TotalSeconds;
    }

    /// <summary>Takes every root and plan away; package files and package lists stay.</summary>
    internal async Task ForgetAsync()
    {
        await new BuildSandbox(_account).RemoveTreeAsync(_data.Roots);
        await new BuildSandbox(_account).RemoveTreeAsync(Path.Combine(_data.Cache, "plans"));
        _builder = Builder();
    }

    private PackageBuilder Builder() => new(_data, new HostApt(Path.Combine(_data.Cache, "apt"), _store, TimeProvider.System), _store, _account);

    private static string Source(string directory, IReadOnlyList<string> needs)
    {
        Directory.CreateDirectory(Path.Combine(directory, "debian/source"));
        File.WriteAllText(Path.Combine(directory, "debian/control"),
            $"Source: quick\nMaintainer: A <a@example.org>\nStandards-Version: 4.6.2\nBuild-Depends: {string.Join(", ", needs.Append("gcc"))}\n\nPackage: quick\nArchitecture: all\nDescription: Next to nothing\n");
        File.WriteAllText(Path.Combine(directory, "debian/changelog"), "quick (1.0) unstable; urgency=low\n\n  * First.\n\n -- A <a@example.org>  Fri, 20 Nov 2026 00:00:00 +0000\n");
        File.WriteAllText(Path.Combine(directory, "debian/source/format"), "3.0 (native)\n");
        File.WriteAllText(Path.Combine(directory, "debian/rules"),
            "#!/usr/bin/make -f\nbuild:\nbinary:\n\tmkdir -p debian/quick/DEBIAN\n\tdpkg-gencontrol -Pdebian/quick\n\tdpkg-deb --root-owner-group --build debian/quick ..\nbinary-arch: binary\nbinary-indep:\nclean:\n");
        File.SetUnixFileMode(Path.Combine(directory, "debian/rules"), (UnixFileMode)0x1ed);
        return directory;
    }
}

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
        var outcome = await _builder.BuildAsync(new BuildInputs
        {
            BuildId = _builds,
            Attempt = 1,
            SourceDirectory = Source(Path.Combine(work, "source"), needs),
            PackageName = "quick",
            Architecture = "x86_64",
            SourceDateEpoch = 1_700_000_000,
            WorkDirectory = Path.Combine(work, "build"),
            Dist = new Dist { Name = "bench", Type = PackageType.Deb, Root = new("apt", "host", ["build-essential"]) },
            KeepRoot = true,
        }, _ => { }, CancellationToken.None);
        using (var upper = RootedTree.Open(Path.Combine(work, "build/root/upper")))
            LastUpperBytes = upper.Walk().Where(e => e.Stat.Type == NodeType.Regular).Sum(e => e.Stat.Size);
        await new BuildSandbox(_account).RemoveTreeAsync(work);
        return outcome;
    }

    /// <summary>Milliseconds of an empty command in a sandbox over the largest layer.</summary>
    internal async Task<double> StartAsync()
    {
        var layer = Directory.GetDirectories(_data.Roots).Select(d => Path.Combine(d, "upper")).First(u => Directory.Exists(Path.Combine(u, "usr/lib/gcc")));
        var directory = Path.Combine(_data.Cache, "bench", "start");
        Directory.CreateDirectory(directory);
        var result = await new BuildSandbox(_account).RunAsync(new("bench-start", directory, ["true"]) { Layers = [layer] }, _ => { });
        await new BuildSandbox(_account).RemoveTreeAsync(directory);
        return result.Succeeded ? result.Wall.TotalMilliseconds : throw new InvalidOperationException(result.Ending);
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

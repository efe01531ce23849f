using System.Text;
using Slipway.Builds.Roots;
using Slipway.Packages;
using Slipway.Sandbox;

namespace Slipway.Builds.Tests.BuildRoots;

/// <summary>Builds for an architecture that this machine is not, by the qemu that the machine has installed and its kernel knows nothing of.</summary>
[Collection(RealRootsCollection.Name)]
public sealed class ForeignArchitectureTests(RealRoots roots)
{
    private readonly string _work = Directory.CreateDirectory(Path.Combine(roots.Scratch, Guid.NewGuid().ToString("n"))).FullName;

    private static string Other => Architectures.Machine == "aarch64" ? "riscv64" : "aarch64";

    [Fact]
    public async Task Program_of_another_architecture_runs_in_the_sandbox_and_nowhere_else()
    {
        Assert.SkipUnless(ForeignPrograms.AreOffered, "before Linux 6.7 a sandbox has no interpreters of its own");
        Assert.Null(Architectures.WhyNot(Other));
        var layer = UnpackStaticShell(Path.Combine(_work, "layer"));
        var spec = new SandboxSpec($"foreign-{Environment.ProcessId}", Directory.CreateDirectory(Path.Combine(_work, "run")).FullName, ["/bin/busybox", "sh", "-c", "busybox uname -m; busybox id -u"])
        {
            Layers = [layer],
            User = SandboxUser.NamespaceRoot,
            AcceptWeakLimits = !BuildSandbox.LimitsAreEnforced(),
            ForeignPrograms = Architectures.Registration(Other),
        };
        var (result, log) = await Run(spec);
        Assert.True(result.Succeeded, log);
        Assert.Equal($"{Other}\n0\n", log);
        var known = Directory.Exists("/proc/sys/fs/binfmt_misc") ? Directory.GetFiles("/proc/sys/fs/binfmt_misc", "qemu-*") : [];
        if (known.Length == 0)
            Assert.False((await Run(spec with { ForeignPrograms = null })).Result.Succeeded);
    }

    [Fact, Trait("long", "yes")]
    public async Task Deb_is_built_for_another_architecture_from_the_machines_own_sources()
    {
        var source = SampleSources.Write(Path.Combine(_work, "greet"), "gcc");
        var (outcome, log) = await roots.Build(PackageType.Deb, source, Path.Combine(_work, "build"), i => i with { Architecture = Other, Dist = RealRoots.Dist(PackageType.Deb) with { Architecture = Other } });
        Assert.True(outcome.Succeeded, log);
        var made = PackageFile.Read(Assert.Single(outcome.ResultFiles, f => f.EndsWith(".deb", StringComparison.Ordinal)));
        Assert.Equal(("greet", Architectures.Deb(Other)), (made.Name, made.Architecture));
        Assert.Contains($"\"arch\": \"{Architectures.Deb(Other)}\"", outcome.SolverJson, StringComparison.Ordinal);
    }

    private string UnpackStaticShell(string layer)
    {
        var apt = roots.Apt.For(Architectures.Deb(Other));
        apt.Update(TimeSpan.FromHours(6), TestContext.Current.CancellationToken);
        using var pool = apt.OpenSolver();
        var shell = pool.Newest("busybox-static")!;
        Assert.Equal(Architectures.Deb(Other), shell.Architecture);
        var deb = roots.Store.PathOf(apt.Fetch([shell], TestContext.Current.CancellationToken)[0]);
        ChildProcess.Run(new("dpkg-deb", "-x", deb, layer)).Require("unpack");
        foreach (var name in new[] { "proc", "dev", "tmp", "build", "usr/bin" })
            Directory.CreateDirectory(Path.Combine(layer, name));
        SandboxAccount.Ensure().Give(layer);
        return layer;
    }

    private static async Task<(SandboxResult Result, string Log)> Run(SandboxSpec spec)
    {
        var log = new StringBuilder();
        var result = await new BuildSandbox(SandboxAccount.Ensure()).RunAsync(spec, bytes => log.Append(Encoding.UTF8.GetString(bytes.Span)), TestContext.Current.CancellationToken);
        return (result, log.ToString());
    }
}

using System.Text;
using Slipway.Builds.Roots;
using Slipway.Builds.Tests.BuildRoots;
using Slipway.Packages;
using Slipway.Sandbox;

namespace Slipway.Builds.Tests.Kiwi;

/// <summary>Images that kiwi really makes, in the build sandbox, of packages of a local repository.</summary>
[Trait("long", "yes")]
[Collection(RealRootsCollection.Name)]
public sealed class KiwiImageTests(RealRoots roots)
{
    private readonly string _work = Directory.CreateDirectory(Path.Combine(roots.Scratch, Guid.NewGuid().ToString("n"))).FullName;

    [Theory]
    [InlineData("tbz", "small.x86_64-1.0.0-7.tar.xz", "dnf")]
    [InlineData("oci", "small.x86_64-1.0.0-7.oci.tar.xz", "zypper")]
    public async Task Image_of_a_small_root_is_made_and_bundled(string type, string file, string manager)
    {
        await WriteRepository(PackageType.Rpm, "busybox-static");
        Write(type, manager);
        var (outcome, log) = await Build();
        Assert.True(outcome.Succeeded, log);
        var bundle = Assert.Single(outcome.ResultFiles);
        Assert.Equal("small-1.0.0-0.noarch.rpm", Path.GetFileName(bundle));
        var contents = ChildProcess.Run(new("rpm", "-qpl", bundle)).Require("list the bundle").Text;
        Assert.Contains($"/var/tmp/small/{file}\n", contents, StringComparison.Ordinal);
        Assert.Contains($"/var/tmp/small/{file}.sha256\n", contents, StringComparison.Ordinal);
        Assert.Contains("\"busybox-static\"", outcome.SolverJson, StringComparison.Ordinal);
        Assert.Contains("\"image\": \"small\"", outcome.SolverJson, StringComparison.Ordinal);
    }

    private Task<(BuildOutcome Outcome, string Log)> Build() => roots.Build(PackageType.Rpm, Path.Combine(_work, "small"), Path.Combine(_work, "build"),
        i => i with { Dist = Dist.OfImage("standard", "x86_64"), Image = new([], [], "7") });

    private async Task WriteRepository(PackageType type, params string[] packages)
    {
        var log = new StringBuilder();
        var repository = Directory.CreateDirectory(Path.Combine(_work, "small/repository")).FullName;
        foreach (var file in await roots.Builder.MakeBaseRepositoryAsync(RealRoots.Dist(type), new("base", "apt", packages), b => log.Append(Encoding.UTF8.GetString(b.Span)), default))
            File.Copy(file, Path.Combine(repository, Path.GetFileName(file)));
        ChildProcess.Run(new("createrepo_c", "-q", repository)).Require("index the repository");
    }

    private void Write(string type, string manager) => File.WriteAllText(Path.Combine(_work, "small/config.xml"), $"""
        <?xml version="1.0" encoding="utf-8"?>
        <image schemaversion="7.4" name="small">
            <description type="system">
                <author>A</author>
                <contact>a@example.org</contact>
                <specification>A small root</specification>
            </description>
            <preferences>
                <version>1.0.0</version>
                <packagemanager>{manager}</packagemanager>
                <rpm-check-signatures>true</rpm-check-signatures>
                <type image="{type}"/>
            </preferences>
            <repository>
                <source path="this://repository"/>
            </repository>
            <packages type="bootstrap">
                <package name="busybox-static"/>
            </packages>
        </image>
        """);
}

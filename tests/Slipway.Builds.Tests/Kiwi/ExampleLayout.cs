using Slipway.Builds.Tests.BuildRoots;
using Slipway.Sandbox;

namespace Slipway.Builds.Tests.Kiwi;

/// <summary>
/// A source repository laid out as the ancestor's example: four packages of one maintainer (three rpms, one deb that debbuild makes of a specification), two
/// source packages of Debian, one disk image. Everything stands where it does there; only the addresses of repositories are pinned.
/// </summary>
internal sealed class ExampleLayout(string root, string rpms, string debs, string flat)
{
    internal string this[string package] => Path.Combine(root, "projects", package);

    internal void Write(string[] rpmRoot)
    {
        WriteRpm("MS/xclock", rpmRoot, "");
        WriteRpm("MS/qbiff", rpmRoot, "Macros:\n%ifarch aarch64\n%hinted arm\n%else\n%hinted intel\n%endif\n:Macros\n");
        WriteRpm("MS/python-kiwi_boxed_plugin", rpmRoot, "Type: spec\n%if 0%{?suse_version}\nbuildengine: dpkg\n%endif\n");
        WriteDebbuild();
        WriteDsc("Debian/kiwi", "", quilt: false);
        WriteDsc("Debian/xsnow", "type: dsc\nbuildengine: dpkg\n", quilt: true);
        WriteImage();
    }

    private void WriteRpm(string package, string[] rpmRoot, string configuration)
    {
        var name = Path.GetFileName(package);
        Put(package, ".cb/cloud_builder.yml", $"schema_version: 0.1\nname: {name}\n\ndistributions:\n  -\n    dist: TW\n    arch: x86_64\n    runner_group: suse\n  -\n    dist: TW\n    arch: aarch64\n    runner_group: suse\n");
        Put(package, ".cb/build_root.kiwi", Description(name, "zypper", ["TW.x86_64", "TW.aarch64"], $"<repository profiles=\"TW.x86_64,TW.aarch64\"><source path=\"dir://{rpms}\"/></repository>",
            "<packages type=\"bootstrap\"><package name=\"rpm\"/></packages>", rpmRoot));
        if (configuration.Length > 0)
            Put(package, ".cb/root/usr/lib/build/configs/default.conf", configuration);
        Put(package, $"{name}.changes", "* First.\n");
        Put(package, $"{name}.sh", "echo \"$1\"\n");
        Put(package, $"{name}.spec", $"Name: {name}\nVersion: 1\nRelease: 1\nSummary: One\nLicense: MIT\nBuildArch: noarch\nBuildRequires: make\nSource0: {name}.sh\n%description\nOne.\n"
            + $"%build\nsh %{{SOURCE0}} 'hinted: %{{?hinted}}'\n%install\ninstall -D %{{SOURCE0}} %{{buildroot}}/usr/bin/{name}\n%files\n/usr/bin/{name}\n");
    }

    private void WriteDebbuild()
    {
        const string Package = "MS/python-kiwi";
        Put(Package, ".cb/cloud_builder.yml", "schema_version: 0.1\nname: python-kiwi\n\ndistributions:\n  -\n    dist: focal\n    arch: x86_64\n    runner_group: fedora\n");
        Put(Package, ".cb/build_root.kiwi", Description("python-kiwi", "apt", ["focal.x86_64"], Apt("focal.x86_64"), "<packages type=\"bootstrap\" profiles=\"focal.x86_64\"><package name=\"gcc\"/></packages>", ["debbuild"]));
        Put(Package, ".cb/root/usr/lib/obs-build/configs/default.conf", "buildengine: debbuild\n");
        Put(Package, "python-kiwi.sh", "echo kiwi\n");
        Put(Package, "python-kiwi.spec", "Name: python-kiwi\nVersion: 9\nRelease: 1\nSummary: Two\nLicense: MIT\nBuildArch: noarch\n%if \"%{_vendor}\" == \"debbuild\"\nBuildRequires: gcc\n%else\nBuildRequires: no-such-thing\n%endif\n"
            + "Source0: python-kiwi.sh\n%description\nTwo.\n%install\ninstall -D %{SOURCE0} %{buildroot}/usr/bin/python-kiwi\n%files\n/usr/bin/python-kiwi\n");
    }

    private void WriteDsc(string package, string configuration, bool quilt)
    {
        var name = Path.GetFileName(package);
        Put(package, ".cb/cloud_builder.yml", $"schema_version: 0.1\nname: {name}\n\ndistributions:\n  -\n    dist: unstable\n    arch: x86_64\n    runner_group: fedora\n");
        Put(package, ".cb/build_root.kiwi", Description(name, "apt", ["unstable.x86_64"], Apt("unstable.x86_64"), "<packages type=\"bootstrap\" profiles=\"unstable.x86_64\"><package name=\"make\"/></packages>", ["build-essential:native", "gcc"]));
        if (configuration.Length > 0)
            Put(package, ".cb/root/usr/lib/build/configs/default.conf", configuration);
        var tree = SampleSources.Write(Path.Combine(root, "made", name, "greet-1.0"));
        if (quilt)
        {
            File.WriteAllText(Path.Combine(tree, "debian/source/format"), "3.0 (quilt)\n");
            File.WriteAllText(Path.Combine(tree, "debian/changelog"), File.ReadAllText(Path.Combine(tree, "debian/changelog")).Replace("(1.0)", "(1.0-1)", StringComparison.Ordinal));
            Run(Path.Combine(root, "made", name), "tar", "-czf", "greet_1.0.orig.tar.gz", "--exclude=debian", "greet-1.0");
        }
        Run(Path.Combine(root, "made", name), "dpkg-source", "-b", "greet-1.0");
        foreach (var file in Directory.GetFiles(Path.Combine(root, "made", name)))
            File.Move(file, Path.Combine(this[package], Path.GetFileName(file)));
        Directory.Delete(Path.Combine(root, "made"), recursive: true);
    }

    private void WriteImage()
    {
        const string Package = "images/leap/test-image-disk";
        Put(Package, ".cb/cloud_builder.yml", "schema_version: 0.1\nname: test-image-disk\n\nimages:\n  -\n    arch: x86_64\n    runner_group: fedora\n    selection:\n      name: standard\n");
        Put(Package, "config.sh", "true\n");
        Put(Package, "appliance.kiwi", $"""
            <image schemaversion="7.4" name="kiwi-test-image-disk">
            <description type="system"><author>A</author><contact>a@example.org</contact><specification>Disk</specification></description>
            <preferences><version>1.0.0</version><packagemanager>zypper</packagemanager><type image="oem" filesystem="btrfs" firmware="efi"/></preferences>
            <repository type="rpm-md"><source path="dir://{rpms}"/></repository>
            <packages type="image"><package name="bash"/></packages>
            </image>
            """);
    }

    // A distribution's repository and, beside it, one of a build service, which has no suites.
    private string Apt(string profile) => $"<repository type=\"apt-deb\" alias=\"Main\" distribution=\"own\" components=\"main\" repository_gpgcheck=\"false\" profiles=\"{profile}\"><source path=\"dir://{debs}\"/></repository>"
        + $"<repository type=\"apt-deb\" repository_gpgcheck=\"false\" profiles=\"{profile}\"><source path=\"dir://{flat}\"/></repository>";

    private static string Description(string name, string manager, string[] profiles, string repositories, string bootstrap, string[] packages) => $"""
        <?xml version="1.0" encoding="utf-8"?>

        <image schemaversion="7.4" name="{name}">
            <description type="system"><author>Packager Name</author><contact>packager@example.com</contact><specification>{name} build worker</specification></description>
            <profiles>{string.Concat(profiles.Select(p => $"<profile name=\"{p}\" description=\"For {p}\"/>"))}</profiles>
            <preferences><version>0.0.0</version></preferences>
            <preferences><type image="tbz"/></preferences>
            <preferences profiles="{string.Join(',', profiles)}"><packagemanager>{manager}</packagemanager></preferences>
            {repositories}
            {bootstrap}
            <packages type="image" profiles="{string.Join(',', profiles)}">{string.Concat(packages.Select(p => $"<package name=\"{p}\"/>"))}</packages>
        </image>
        """;

    private void Put(string package, string file, string text)
    {
        var path = Path.Combine(this[package], file);
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        File.WriteAllText(path, text);
    }

    private static void Run(string directory, params string[] command) =>
        ChildProcess.Run(new ChildCommand(command[0], command[1..]) { WorkingDirectory = directory }).Require(command[0]);
}

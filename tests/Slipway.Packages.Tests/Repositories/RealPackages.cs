using System.Text;
using Slipway.Content;

namespace Slipway.Packages.Tests.Repositories;

/// <summary>Package files by the packaging systems' own tools; pacman's by hand, since makepkg refuses to run as root.</summary>
internal static class RealPackages
{
    public static string Deb(TempDirectory temp, string name, string version, string content = "hello\n", string architecture = "amd64", string extra = "")
    {
        var tree = temp.Make("deb", Guid.NewGuid().ToString("N"), name);
        Directory.CreateDirectory(Path.Combine(tree, "DEBIAN"));
        Directory.CreateDirectory(Path.Combine(tree, "usr/share", name));
        File.WriteAllText(Path.Combine(tree, "usr/share", name, "text"), content);
        File.WriteAllText(Path.Combine(tree, "DEBIAN/control"),
            $"Package: {name}\nVersion: {version}\nArchitecture: {architecture}\nMaintainer: Slipway tests <tests@example.org>\nInstalled-Size: 12\n{extra}Description: a package of {name}\n Its longer text,\n .\n in two paragraphs.\n");
        var file = temp["deb", $"{name}_{version}_{architecture}.deb"];
        File.Delete(file);
        Tool.Run("dpkg-deb", "--root-owner-group", "-Zxz", "-z1", "-b", tree, file);
        return file;
    }

    public static string Rpm(TempDirectory temp, string name, string version, string content = "hello", string extra = "", string files = "")
    {
        var top = temp.Make("rpm", Guid.NewGuid().ToString("N"));
        var spec = Path.Combine(top, name + ".spec");
        File.WriteAllText(spec, $"""
            Name: {name}
            Version: {version}
            Release: 1
            Summary: A package of {name} & <others>
            License: Apache-2.0
            AutoReq: no
            URL: https://example.org/{name}
            {extra}
            %description
            Its longer text.
            %install
            mkdir -p %buildroot/usr/share/{name} %buildroot/usr/bin %buildroot/etc
            echo '{content}' > %buildroot/usr/share/{name}/text
            printf '#!/bin/sh\necho {content}\n' > %buildroot/usr/bin/{name}
            chmod 755 %buildroot/usr/bin/{name}
            %files
            %dir /usr/share/{name}
            /usr/share/{name}/text
            /usr/bin/{name}
            {files}
            %changelog
            * Fri Nov 20 2026 Slipway tests <tests@example.org> - {version}-1
            - first
            * Thu Nov 19 2026 Slipway tests <tests@example.org> - 0-1
            - before it
            """);
        Tool.RunIn(top, [("HOME", top)], "rpmbuild", "-bb", "-D", $"_topdir {top}", "-D", $"_rpmdir {top}/out", "-D", "_build_id_links none", "-D", $"_dbpath {top}/db", spec);
        using var tree = RootedTree.Open(Path.Combine(top, "out"));
        var built = tree.Walk().Single(entry => entry.Stat.Type == NodeType.Regular);
        var file = Path.Combine(temp.Make("rpm", "built"), built.Path.Name.ToString());
        File.Move(Path.Combine(top, "out", built.Path.ToString()), file, overwrite: true);
        return file;
    }

    public static string Pacman(TempDirectory temp, string name, string version, string content = "hello\n", string architecture = "x86_64", string extra = "")
    {
        var file = Path.Combine(temp.Make("pacman"), $"{name}-{version}-{architecture}.pkg.tar.zst");
        using var output = File.Create(file);
        using var packed = Compressor.Compress(output, Compression.Zstd);
        using var tar = new TarWriter(packed, leaveOpen: true);
        var text = Encoding.UTF8.GetBytes(content);
        var description = $"pkgname = {name}\npkgbase = {name}\npkgver = {version}\npkgdesc = A package of {name}\nurl = https://example.org/{name}\nbuilddate = 1700000000\n"
            + $"packager = Slipway tests <tests@example.org>\nsize = {text.Length}\narch = {architecture}\nlicense = Apache-2.0\n{extra}";
        Add(tar, ".PKGINFO", Encoding.UTF8.GetBytes(description));
        foreach (var directory in new[] { "usr", "usr/share", $"usr/share/{name}" })
            tar.Add(new TarEntry { Name = BytePath.From(directory), Type = NodeType.Directory, Mode = 0x1ed, ModifiedUnix = 1700000000 });
        Add(tar, $"usr/share/{name}/text", text);
        tar.Finish();
        return file;
    }

    private static void Add(TarWriter tar, string name, byte[] content) =>
        tar.Add(new TarEntry { Name = BytePath.From(name), Type = NodeType.Regular, Mode = 0x1a4, Size = content.Length, ModifiedUnix = 1700000000 }, content);
}

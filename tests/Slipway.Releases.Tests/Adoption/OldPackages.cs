using Slipway.Content;
using Slipway.Sandbox;

namespace Slipway.Releases.Tests.Adoption;

/// <summary>The rpm packages that the newest version of the old stream was made from.</summary>
internal static class OldPackages
{
    public static void Make(string into, string syntax)
    {
        var top = Directory.CreateTempSubdirectory("slipway-rpm-").FullName;
        try
        {
            File.WriteAllText(Path.Combine(top, "syntax"), syntax);
            var spec = Path.Combine(top, "filesystem.spec");
            File.WriteAllText(spec, Spec(top));
            ChildProcess.Run(new("rpmbuild", ["-bb", "-D", $"_topdir {top}", "-D", $"_rpmdir {top}/out", "-D", "_build_id_links none", "-D", $"_dbpath {top}/db", "-D", "__os_install_post %{nil}", spec])
            {
                Environment = new Dictionary<string, string> { ["PATH"] = "/usr/bin:/bin", ["HOME"] = top },
            }).Require("make the rpm packages");
            using var tree = RootedTree.Open(Path.Combine(top, "out"));
            foreach (var built in tree.Walk().Where(e => e.Stat.Type == NodeType.Regular).ToList())
                File.Move(Path.Combine(top, "out", built.Path.ToString()), Path.Combine(into, built.Path.Name.ToString()));
        }
        finally
        {
            using var parent = RootedTree.Open(Path.GetDirectoryName(top)!);
            parent.RemoveTree(BytePath.From(Path.GetFileName(top)));
        }
    }

    private static string Spec(string top) =>
        $$"""
        Name: filesystem
        Version: 1
        Release: 1
        Summary: Directories
        License: Apache-2.0
        BuildArch: noarch
        AutoReqProv: no
        %description
        Directories.
        %package -n core-tools
        Summary: Tools
        AutoReqProv: no
        Requires: filesystem
        %description -n core-tools
        Tools.
        %package -n editor
        Summary: Editor
        AutoReqProv: no
        Requires: core-tools
        %description -n editor
        Editor.
        %install
        cd %{buildroot}
        mkdir -p dev etc proc run sys usr/bin usr/lib usr/lib64 usr/share/core usr/share/edit var tmp
        chmod 1777 tmp
        ln -s usr/bin bin; ln -s usr/bin sbin; ln -s bin usr/sbin; ln -s usr/lib lib; ln -s usr/lib64 lib64
        echo tool > usr/bin/core-tool; echo editor > usr/bin/edit; chmod 755 usr/bin/*
        echo second > usr/share/core/readme; cp {{top}}/syntax usr/share/edit/syntax
        %files
        %defattr(-,root,root)
        %dir /dev
        %dir /etc
        %dir /proc
        %dir /run
        %dir /sys
        %dir /usr
        %dir /usr/bin
        %dir /usr/lib
        %dir /usr/lib64
        %dir /usr/share
        %dir /var
        %dir %attr(1777,root,root) /tmp
        /bin
        /sbin
        /usr/sbin
        /lib
        /lib64
        %files -n core-tools
        %defattr(-,root,root)
        /usr/bin/core-tool
        %dir /usr/share/core
        /usr/share/core/readme
        %files -n editor
        %defattr(-,root,root)
        /usr/bin/edit
        %dir /usr/share/edit
        /usr/share/edit/syntax
        """;
}

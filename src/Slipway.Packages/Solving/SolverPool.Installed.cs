using Slipway.Content;
using Slipway.Packages.Solving;
using Slipway.Packages.Solving.Native;

namespace Slipway.Packages;

public sealed unsafe partial class SolverPool
{
    /// <summary>What is installed already: kept where nothing asks for a change, and part of a solution only as removed. To be called once at most, as is <see cref="AddInstalledRoot"/>.</summary>
    public void AddInstalled(IEnumerable<PackageRecord> packages) => LoadInstalled(repo => AddRecords(repo, packages));

    /// <summary>What the package manager's own database in a file tree says is installed: dpkg's status, rpm's database, pacman's local one.</summary>
    /// <param name="root">The tree's root; / for this machine.</param>
    public void AddInstalledRoot(string root)
    {
        byte[] written = [];
        using (var scratch = new SolverPool(type, architecture))
            scratch.Load("installed", 0, repo =>
            {
                Solv.PoolSetRoot(scratch.pool, Path.GetFullPath(root));
                if (type == PackageType.Rpm) PointRpmAt(root);
                var start = scratch.NextSolvable();
                var failed = 0;
                if (type == PackageType.Deb) Parse(scratch, DpkgStatus.Installed(root), file => Solv.RepoAddDebPackages(repo, file, 0));
                else if (type == PackageType.Rpm) failed = Solv.RepoAddRpmDatabase(repo, 0, Solv.UseRoot);
                else failed = Solv.RepoAddArchLocal(repo, "/var/lib/pacman/local", Solv.UseRoot);
                if (failed != 0) throw new SlipwayException($"read what is installed in {root}", Solv.Text(Solv.PoolErrorText(scratch.pool)), $"look at the {type} database below it");
                scratch.Normalise(repo, start);
                written = SolvCache.Write("installed", repo);
            });
        LoadInstalled(repo => SolvCache.Load("installed", written, repo));
    }

    /// <summary>Debian's rpm is configured for a database in the home directory; the tree's own is in one of two places.</summary>
    private static void PointRpmAt(string root)
    {
        const string Young = "/usr/lib/sysimage/rpm";
        lock (RpmConfiguration)
        {
            _ = Solv.RpmReadConfiguration(null, null);
            _ = Solv.RpmDefineMacro(0, "_dbpath " + (Directory.Exists(root.TrimEnd('/') + Young) ? Young : "/var/lib/rpm"), 0);
        }
    }

    // rpm's macros belong to the whole process.
    private static readonly Lock RpmConfiguration = new();

    private void LoadInstalled(Action<nint> fill)
    {
        if (installed is not null) throw new InvalidOperationException("a pool has one installed set");
        Load("installed", 0, repo =>
        {
            fill(repo);
            Solv.PoolSetInstalled(pool, repo);
        });
        installed = repositories[^1];
    }
}

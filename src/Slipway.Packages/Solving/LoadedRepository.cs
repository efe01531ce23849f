using System.Runtime.InteropServices;
using Slipway.Content;

namespace Slipway.Packages.Solving;

/// <summary>A repository in a pool, with the range of solvables it got.</summary>
internal sealed record LoadedRepository(string Name, nint Pointer, int Start, int End)
{
    // The public struct s_Repo; priority has no function that sets it.
    private const int StartOffset = 32;
    private const int EndOffset = 36;
    private const int PriorityOffset = 48;

    public bool Holds(int solvable) => solvable >= Start && solvable < End;

    public void SetPriority(int priority)
    {
        if (End == Start) return;
        if (Marshal.ReadInt32(Pointer, StartOffset) != Start || Marshal.ReadInt32(Pointer, EndOffset) != End)
            throw new SlipwayException("open libsolv", "the memory layout of libsolv.so.1 is not the one this program knows", "install libsolv1 0.7");
        Marshal.WriteInt32(Pointer, PriorityOffset, priority);
    }
}
